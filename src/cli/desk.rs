//! `madoguchi desk`.

mod plot;
mod show;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use jiff::civil::Date;

use crate::app;
use crate::config::Config;
use crate::desk::{GENERAL, Rules};
use crate::guard::{DeskCode, Policies};
use crate::handoff::simulate::{HandlingTime, Kind, Plan, Traffic, simulate};
use crate::handoff::{Hours, route};

/// Where nine in ten cases lie, of the median, if nobody says.
const SPREAD: f64 = 2.5;

const ABOUT: &str = "\
Simulates customers and operators on the desks' real calendars and terms, with the real clockwork, queue and estimates, and prints for each
desk: cases in, answered and left over; how long cases waited and what was promised (median, and what nine in ten do not exceed); promises
kept, renegotiated and breached; how good the estimates were that customers were shown.

What is left out: customers who give up or write again, operators who pass cases on. Everything is random but the seed: another --seed is
another week, and a difference that goes with it is none.

Exit status: 0; 1 if a promised time passed in silence, which must not be; 2 wrong usage.

Examples:
  madoguchi desk simulate --days 5 --operators 2 --operators returns=4
                       a week with two people at each desk and four for returns: is that enough?
  madoguchi desk simulate --arrivals-per-hour 0,0,0,0,0,0,0,1,4,9,9,8,12,8,6,6,7,9,11,13,13,9,2,0 --outage 13:00-14:00 --plot day.svg
                       a day by its hours, with an hour in which the service is down, and a chart of it";

/// What the desks will be like
#[derive(Debug, Subcommand)]
pub(super) enum DeskCommand {
    /// Simulate days of traffic: waiting times, and whether promises are kept
    Simulate(Box<Simulate>),
}

#[derive(Debug, Args)]
#[command(after_long_help = ABOUT)]
pub(super) struct Simulate {
    /// Cases that come in an hour: one number, or 24, for each hour of the day
    #[arg(long, value_name = "N[,N…]", value_delimiter = ',', default_value = "6")]
    arrivals_per_hour: Vec<f64>,
    /// Operators: N at every desk, or DESK=N at one (repeatable)
    #[arg(long, value_name = "[DESK=]N", default_value = "2", value_parser = operators)]
    operators: Vec<(Option<DeskCode>, u32)>,
    /// How long a case keeps an operator busy: the median, and what nine in ten do not exceed [default of that: 2.5 times the median]
    #[arg(long, value_name = "MEDIAN[,P90]", value_delimiter = ',', default_value = "12")]
    handling_minutes: Vec<f64>,
    /// How often cases of a policy come, against the others (repeatable) [default: all policies as often]
    #[arg(long, value_name = "POLICY=WEIGHT", value_parser = weight)]
    mix: Vec<(String, f64)>,
    /// When operators work, within their desk's hours (repeatable) [default: all of these]
    #[arg(long, value_name = "HH:MM-HH:MM")]
    shift: Vec<String>,
    /// When the service is down, every day (repeatable): no timer runs, and what passed meanwhile is told first afterwards
    #[arg(long, value_name = "HH:MM-HH:MM")]
    outage: Vec<String>,
    /// The first day; holidays and special days of the desks count
    #[arg(long, value_name = "DATE", default_value = "2026-06-01")]
    start: Date,
    /// How many days
    #[arg(long, value_name = "N", default_value_t = 1)]
    days: u16,
    /// Seed of customers and operators
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// The desks' hours and terms [default: desks.toml in the folder given by --knowledge]
    #[arg(long, value_name = "FILE")]
    desks: Option<PathBuf>,
    /// Draw a chart: cases waiting by hour, and how long they waited by the hour of the day
    #[arg(long, value_name = "FILE.svg")]
    plot: Option<PathBuf>,
    /// Print one JSON object: {start, days, seed, all, desks: [{desk, operators, figures, most_waiting}], hours}
    #[arg(long)]
    json: bool,
}

impl DeskCommand {
    pub(super) fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        let Self::Simulate(it) = self;
        let plan = it.plan(config)?;
        let simulated = simulate(&plan)?;
        if let Some(path) = &it.plot {
            std::fs::write(path, plot::chart(&simulated)).with_context(|| path.display().to_string())?;
        }
        let mut out = std::io::stdout().lock();
        match it.json {
            true => writeln!(out, "{}", serde_json::to_string_pretty(&simulated)?)?,
            false => show::text(&mut out, &simulated)?,
        }
        Ok(if simulated.all.silent_breaches == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

impl Simulate {
    fn plan(&self, config: &Config) -> anyhow::Result<Plan> {
        let zone = app::time_zone(config)?;
        let policies = app::open_policies(config)?;
        let default = config.desks_file();
        let path = self.desks.as_deref().unwrap_or(&default);
        let written = text(path, self.desks.is_some())?;
        let rules = Rules::read(written.as_deref(), None, &policies, &zone);
        let desks = rules.with_context(|| path.display().to_string())?.desks;
        let handling = match *self.handling_minutes.as_slice() {
            [median] => HandlingTime::new(median, median * SPREAD)?,
            [median, p90] => HandlingTime::new(median, p90)?,
            _ => anyhow::bail!("--handling-minutes: write one number or two, such as 12,30"),
        };
        let staff = staff(&self.operators, &desks.codes().cloned().collect::<Vec<_>>())?;
        Ok(Plan {
            traffic: Traffic::new(per_hour(&self.arrivals_per_hour)?, kinds(&policies, &self.mix)?, handling)?,
            desks,
            zone,
            start: self.start,
            days: self.days,
            staff,
            shift: hours("--shift", &self.shift)?,
            outage: hours("--outage", &self.outage)?,
            seed: self.seed,
        })
    }
}

/// A file's text; `None` where it is not there and need not be.
fn text(path: &Path, needed: bool) -> anyhow::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !needed => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

fn per_hour(written: &[f64]) -> anyhow::Result<[f64; 24]> {
    match written {
        [every] => Ok([*every; 24]),
        each => each.try_into().map_err(|_| {
            anyhow::anyhow!("--arrivals-per-hour: write one number, or 24 with commas between; here are {}", each.len())
        }),
    }
}

/// The policies as kinds of cases: all as often, or as the mix says.
fn kinds(policies: &Policies, mix: &[(String, f64)]) -> anyhow::Result<Vec<Kind>> {
    let known = || policies.all().iter().map(|policy| policy.code.as_str()).collect::<Vec<_>>().join(", ");
    if let Some((unknown, _)) =
        mix.iter().find(|(code, _)| !policies.all().iter().any(|policy| policy.code.as_str() == code))
    {
        anyhow::bail!("--mix: there is no policy `{unknown}`; there are {}", known());
    }
    let general = DeskCode(GENERAL.to_owned());
    let kind = |policy: &crate::guard::Policy| {
        let said = mix.iter().rev().find(|(code, _)| policy.code.as_str() == code).map(|(_, weight)| *weight);
        let weight = said.unwrap_or(if mix.is_empty() { 1.0 } else { 0.0 });
        Kind { desk: route(Some(&policy.desk), None, &general), priority: policy.priority, weight }
    };
    Ok(policies.all().iter().map(kind).collect())
}

fn staff(said: &[(Option<DeskCode>, u32)], desks: &[DeskCode]) -> anyhow::Result<BTreeMap<DeskCode, u32>> {
    let mut staff: BTreeMap<DeskCode, u32> = desks.iter().map(|desk| (desk.clone(), 2)).collect();
    for (_, count) in said.iter().filter(|(desk, _)| desk.is_none()) {
        staff.values_mut().for_each(|operators| *operators = *count);
    }
    for (desk, count) in said.iter().filter_map(|(desk, count)| Some((desk.as_ref()?, *count))) {
        let Some(operators) = staff.get_mut(desk) else {
            let known: Vec<&str> = desks.iter().map(|desk| desk.0.as_str()).collect();
            anyhow::bail!("--operators: there is no desk `{desk}`; there are {}", known.join(", "));
        };
        *operators = count;
    }
    Ok(staff)
}

fn hours(flag: &str, written: &[String]) -> anyhow::Result<Option<Hours>> {
    if written.is_empty() {
        return Ok(None);
    }
    match Hours::read(written) {
        Ok(hours) => Ok(Some(hours)),
        Err(error) => anyhow::bail!("{flag}: {error}; {}", error.remedy()),
    }
}

fn operators(written: &str) -> Result<(Option<DeskCode>, u32), String> {
    let (desk, count) = match written.split_once('=') {
        Some((desk, count)) => (Some(DeskCode(desk.trim().to_owned())), count),
        None => (None, written),
    };
    let count = count.trim().parse().map_err(|_| format!("\"{count}\" is no number of operators"))?;
    Ok((desk, count))
}

fn weight(written: &str) -> Result<(String, f64), String> {
    let (policy, weight) = written.split_once('=').ok_or("write it as refund=3")?;
    let weight = weight.trim().parse().map_err(|_| format!("\"{weight}\" is no weight"))?;
    Ok((policy.trim().to_owned(), weight))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(code: &str) -> DeskCode {
        DeskCode(code.to_owned())
    }

    #[test]
    fn the_last_word_about_a_desk_counts() {
        let desks = [code("general"), code("returns")];
        let read = |words: &[&str]| words.iter().map(|word| operators(word).unwrap()).collect::<Vec<_>>();
        let staff = |words: &[&str]| staff(&read(words), &desks).map(|staff| staff.into_values().collect::<Vec<_>>());
        assert_eq!(staff(&[]).unwrap(), [2, 2]);
        assert_eq!(staff(&["returns=4"]).unwrap(), [2, 4]);
        assert_eq!(staff(&["returns=4", "1", "returns = 0"]).unwrap(), [1, 0]);
        let error = staff(&["safety=1"]).unwrap_err().to_string();
        assert_eq!(error, "--operators: there is no desk `safety`; there are general, returns");
        for no in ["", "=", "returns=", "returns=-1", "two"] {
            assert!(operators(no).is_err(), "{no}");
        }
    }

    #[test]
    fn policies_come_as_often_as_the_mix_says() {
        let policies = Policies::core().unwrap();
        let weights = |mix: &[&str]| {
            let mix: Vec<_> = mix.iter().map(|word| weight(word).unwrap()).collect();
            kinds(&policies, &mix).map(|kinds| kinds.into_iter().map(|kind| kind.weight).collect::<Vec<_>>())
        };
        assert!(weights(&[]).unwrap().iter().all(|weight| *weight == 1.0));
        assert_eq!(weights(&["refund=3"]).unwrap().iter().sum::<f64>(), 3.0);
        assert!(weights(&["gift=1"]).unwrap_err().to_string().contains("there is no policy `gift`; there are"));
        assert!(weight("refund").is_err() && weight("refund=much").is_err());
    }

    #[test]
    fn hours_of_the_day_are_one_or_twenty_four() {
        assert_eq!(per_hour(&[2.0]).unwrap(), [2.0; 24]);
        assert_eq!(per_hour(&[1.0; 24]).unwrap(), [1.0; 24]);
        assert!(per_hour(&[1.0; 23]).unwrap_err().to_string().ends_with("here are 23"));
        assert_eq!(hours("--shift", &[]).unwrap(), None);
        let error = hours("--shift", &["9-18".to_owned()]).unwrap_err().to_string();
        assert!(error.starts_with("--shift: \"9-18\" is no interval of the day; write it as"), "{error}");
    }
}
