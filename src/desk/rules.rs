//! What content teams write of desks and channels, in use: read at the start, and taken up anew when a file changes.
//!
//! Both files are read together, and with the policies that name the desks: what is in force never names a desk that is
//! not there. Files that are not in order are not taken up while serving; those in force stay, and the log says why.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use crate::guard::{DeskCode, Policies, PolicyCode};
use crate::handoff::{Channels, Desks, FileError};
use crate::knowledge::PolicyShelf;
use crate::watched::{HEARTBEAT, Watched};

/// The rules of desks and channels that hold together.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    /// When people are at the desks, and what may be promised.
    pub desks: Desks,
    /// Other ways, and what holds service up.
    pub channels: Channels,
}

/// Why rules are not taken.
#[derive(Debug, thiserror::Error)]
pub enum RulesError {
    /// A file cannot be read.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// What stands in a file is not in order.
    #[error(transparent)]
    Written(#[from] FileError),
    /// A file names a desk that the policies do not.
    #[error("{file}: there is no desk `{desk}` in the policies; name it in policy.toml, or take it out here")]
    NoDesk {
        /// Which file.
        file: &'static str,
        /// The desk.
        desk: DeskCode,
    },
    /// The channels file names a policy that is not there.
    #[error("channels.toml: there is no policy `{0}`; write one of policy.toml, or take it out here")]
    NoPolicy(PolicyCode),
}

impl Rules {
    /// Of the files as they are now.
    ///
    /// # Errors
    /// When a file cannot be read, is not in order, or names a desk or policy that is not among `policies`.
    pub fn open(files: &RuleFiles, policies: &Policies, zone: &TimeZone) -> Result<Self, RulesError> {
        let Found { desks, channels, .. } = find(files, policies)?;
        Self::read(desks.as_deref(), channels.as_deref(), policies, zone)
    }

    /// Of the texts of `desks.toml` and `channels.toml`; usual hours and no channels where there is no file.
    ///
    /// # Errors
    /// When a file is not in order, or names a desk or policy that is not among `policies`.
    pub fn read(
        desks: Option<&str>,
        channels: Option<&str>,
        policies: &Policies,
        zone: &TimeZone,
    ) -> Result<Self, RulesError> {
        let codes: Vec<DeskCode> = policies.desks().map(|(code, _)| code.clone()).collect();
        let known = |file, desk: Option<&DeskCode>| match desk {
            Some(desk) => Err(RulesError::NoDesk { file, desk: desk.clone() }),
            None => Ok(()),
        };
        let desks = desks.map(|text| Desks::read(text, zone)).transpose()?.unwrap_or_default();
        known("desks.toml", desks.codes().chain(desks.left_to()).find(|code| !codes.contains(code)))?;
        let channels = channels.map(|text| Channels::read(text, zone)).transpose()?.unwrap_or_else(Channels::none);
        known("channels.toml", channels.desks().find(|code| !codes.contains(code)))?;
        if let Some(unknown) = channels.policies().find(|code| policies.get(code).is_none()) {
            return Err(RulesError::NoPolicy(unknown.clone()));
        }
        Ok(Self { desks: desks.completed(codes, zone), channels })
    }
}

/// Where the files lie.
#[derive(Debug, Clone)]
pub struct RuleFiles {
    /// `desks.toml`.
    pub desks: PathBuf,
    /// `channels.toml`.
    pub channels: PathBuf,
}

/// What was found when the files were looked at; `None` for a file that was not there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    desks: Option<String>,
    channels: Option<String>,
    /// The digest of the policies that name the desks: other ones make a difference too.
    policies: String,
}

#[derive(Debug)]
struct Seen {
    last: Found,
    in_force: Found,
}

/// Keeps the rules that are in force.
#[derive(Debug)]
pub struct RuleShelf {
    files: RuleFiles,
    guards: Arc<PolicyShelf>,
    zone: TimeZone,
    current: RwLock<Arc<Rules>>,
    seen: Mutex<Seen>,
}

impl RuleShelf {
    /// The rules of these files; desks and policies are those of `guards`.
    ///
    /// # Errors
    /// When a file is not in order, or names what the policies do not: then nobody is served.
    pub fn open(files: RuleFiles, guards: Arc<PolicyShelf>, zone: TimeZone) -> Result<Self, RulesError> {
        let guard = guards.current();
        let policies = guard.policies();
        let found = find(&files, policies)?;
        let rules = Rules::read(found.desks.as_deref(), found.channels.as_deref(), policies, &zone)?;
        let seen = Mutex::new(Seen { last: found.clone(), in_force: found });
        Ok(Self { files, guards, zone, current: RwLock::new(Arc::new(rules)), seen })
    }

    /// The rules as they are now.
    pub fn current(&self) -> Arc<Rules> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes up the files if one of them has changed, and tells the log.
    pub fn look(&self) {
        let guard = self.guards.current();
        let found = match find(&self.files, guard.policies()) {
            Ok(found) => found,
            Err(error) => {
                tracing::error!(%error, "the rules of desks and channels cannot be read: those in force stay");
                return;
            }
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.last == found {
            return;
        }
        seen.last.clone_from(&found);
        let gone = |before: &Option<String>, now: &Option<String>| before.is_some() && now.is_none();
        if gone(&seen.in_force.desks, &found.desks) || gone(&seen.in_force.channels, &found.channels) {
            tracing::error!("desks.toml or channels.toml is gone: the rules in force stay");
            return;
        }
        match Rules::read(found.desks.as_deref(), found.channels.as_deref(), guard.policies(), &self.zone) {
            Ok(rules) => {
                seen.in_force = found;
                tracing::info!("new rules of desks and channels are in force");
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(rules);
            }
            Err(error) => {
                tracing::error!(%error, "the new rules of desks and channels are not taken up: those in force stay");
            }
        }
    }

    /// Takes up the files whenever one changes and then rests for `quiet`, until `closing`.
    pub async fn watch(self: Arc<Self>, quiet: Duration, closing: CancellationToken) {
        let Some(folder) = self.files.desks.parent() else { return };
        let folder = std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned());
        let is_rules = |_: &Path, path: &Path| path.ends_with("desks.toml") || path.ends_with("channels.toml");
        let mut watched = Watched::new("desks and channels", folder, is_rules);
        loop {
            // First, for what changed before the watch stood.
            self.look();
            tokio::select! {
                () = closing.cancelled() => return,
                _ = watched.change(HEARTBEAT, quiet) => {}
            }
        }
    }
}

fn find(files: &RuleFiles, policies: &Policies) -> Result<Found, RulesError> {
    let (desks, channels) = (text(&files.desks)?, text(&files.channels)?);
    Ok(Found { desks, channels, policies: policies.digest().to_owned() })
}

/// A file's text; `None` where there is no file.
fn text(path: &Path) -> Result<Option<String>, RulesError> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(RulesError::File { path: path.display().to_string(), source }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(desks: Option<&str>, channels: Option<&str>) -> Result<Rules, RulesError> {
        Rules::read(desks, channels, &Policies::core().unwrap(), &TimeZone::UTC)
    }

    fn refused(desks: Option<&str>, channels: Option<&str>) -> String {
        read(desks, channels).unwrap_err().to_string()
    }

    #[test]
    fn without_files_every_desk_has_usual_hours_and_nothing_is_offered() {
        let rules = read(None, None).unwrap();
        assert!(rules.desks.codes().count() > 0 && rules.channels.is_empty());
    }

    #[test]
    fn what_the_policies_do_not_name_is_refused() {
        let desk = "[desk.nowhere.hours]\nmon = [\"09:00-18:00\"]";
        assert!(refused(Some(desk), None).starts_with("desks.toml: there is no desk `nowhere`"));
        let seller = "[desk.returns.hours]\nmon = [\"09:00-18:00\"]\n[desk.returns.sellers]\nCN = \"overseas\"";
        assert!(refused(Some(seller), None).starts_with("desks.toml: there is no desk `overseas`"));
        assert!(read(Some(&seller.replace("overseas", "identity")), None).is_ok());
        let channel = |line: &str| {
            format!(
                "[channel.phone]\nkind = \"phone\"\nname = {{ en = \"Phone\" }}\ncontact = {{ en = \"1\" }}\n\
                 when = [\"urgent\"]\n{line}\n[channel.phone.hours]\nmon = [\"09:00-18:00\"]"
            )
        };
        assert!(read(None, Some(&channel(""))).is_ok());
        let error = refused(None, Some(&channel("desks = [\"nowhere\"]")));
        assert!(error.starts_with("channels.toml: there is no desk `nowhere`"), "{error}");
        let error = refused(None, Some(&channel("policies = [\"nothing\"]")));
        assert!(error.starts_with("channels.toml: there is no policy `nothing`"), "{error}");
    }
}
