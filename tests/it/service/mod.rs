//! The whole program, started as a user starts it: the service over HTTP, its pages in a browser, the commands in a terminal.

mod answers;
mod bad_input;
mod cached;
mod certify;
mod chat;
mod commands;
mod desk;
mod eval;
mod help_centre;
mod mail;
mod operation;
mod page;
mod restarts;
mod roles;
mod shipped;
mod story;
mod talk;
mod watching;
mod written;
