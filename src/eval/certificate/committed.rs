//! The committed certificate, read back: to compare with, and for the slack that somebody wrote into it.

use std::path::Path;

use serde::Deserialize;

use super::figures::{Certificate, FORMAT, Slack};

/// Why there is nothing to compare with.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file cannot be read.
    #[error("{path} cannot be read")]
    Read {
        /// Which.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is not what it should be.
    #[error("{path} is no certificate")]
    Shape {
        /// Which.
        path: String,
        /// What is wrong.
        source: serde_json::Error,
    },
    /// Its figures have another shape or meaning than today's.
    #[error("{path} was written by an earlier version: write it anew (madoguchi guard certify)")]
    Earlier {
        /// Which.
        path: String,
        /// What a new certificate keeps of it.
        slack: Slack,
    },
}

/// What certificates of all versions have.
#[derive(Deserialize)]
struct Lasting {
    #[serde(default)]
    format: u32,
    slack: Slack,
}

/// Reads a certificate that was written before.
///
/// # Errors
/// When the file cannot be read, is none, or is one that an earlier version wrote.
pub fn read(path: &Path) -> Result<Certificate, ReadError> {
    let name = || path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| ReadError::Read { path: name(), source })?;
    let shape = |source| ReadError::Shape { path: name(), source };
    let Lasting { format, slack } = serde_json::from_str(&text).map_err(shape)?;
    if format < FORMAT {
        return Err(ReadError::Earlier { path: name(), slack });
    }
    serde_json::from_str(&text).map_err(shape)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::eval::certificate::tests::fake;

    /// What becomes of a certificate in whose file something was changed.
    fn changed(change: impl Fn(&mut Value)) -> Result<Certificate, ReadError> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("certificate.json");
        let mut json = serde_json::to_value(fake()).unwrap();
        change(&mut json);
        std::fs::write(&path, json.to_string()).unwrap();
        read(&path)
    }

    #[test]
    fn it_is_read_back_as_it_was_written() {
        assert_eq!(changed(|_| {}).unwrap(), fake());
    }

    #[test]
    fn one_of_an_earlier_version_is_to_be_written_anew() {
        let earlier = changed(|json| {
            json.as_object_mut().unwrap().remove("format");
            json["slack"]["missed"] = json!(0.25);
            json["spread"]["missed"] = json!({ "turn": { "hits": 1, "of": 2 }, "own": { "hits": 0, "of": 2 } });
        });
        let error = earlier.unwrap_err();
        assert!(error.to_string().contains("written by an earlier version: write it anew"), "{error}");
        let ReadError::Earlier { slack, .. } = error else { panic!("{error}") };
        assert_eq!(slack, Slack { missed: 0.25, ..Slack::default() });
    }

    #[test]
    fn one_of_the_version_before_is_to_be_written_anew_though_its_shape_is_another() {
        let before = changed(|json| {
            json["format"] = json!(FORMAT - 1);
            json["person"] = json!({ "rows": 100, "missed": [], "needless": { "share": 0, "ids": [] } });
        });
        assert!(matches!(before, Err(ReadError::Earlier { slack, .. }) if slack == Slack::default()), "{before:?}");
    }

    #[test]
    fn one_that_somebody_broke_is_none() {
        for key in ["slack", "spread", "missed", "person"] {
            let error = changed(|json| json[key] = json!("?")).unwrap_err();
            assert!(matches!(error, ReadError::Shape { .. }), "{key}: {error}");
        }
        assert!(matches!(read(Path::new("/nowhere")), Err(ReadError::Read { .. })));
    }
}
