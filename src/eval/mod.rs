//! Evaluation: how well what is built here finds, answers, withholds and hands over, measured on anyone's data in the field's own
//! formats, through the same turn that customers are answered by.
//!
//! A [`tasks`] module reads a dataset, asks an [`assistant`] (in process or a running service) case by case through [`run`],
//! and hands in what each case scored; [`table`] reckons figures with intervals from that, [`report`] shows them, and
//! [`compare`] and [`gate`] say what a change did.

pub mod assistant;
pub mod certificate;
pub mod compare;
pub mod corpus;
pub mod dataset;
pub mod export;
pub mod facts;
pub mod gate;
pub mod jsonl;
pub mod judge;
pub mod metrics;
pub mod report;
pub mod run;
pub mod stats;
pub mod table;
pub mod tasks;
