//! Languages: their names, and which one a message is in.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A language by its primary subtag (BCP 47), lower case: `ja`, `en`, `zh`, `ko`, …
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(from = "String", into = "String")]
#[schema(value_type = String, example = "ja")]
pub struct Lang(Cow<'static, str>);

impl Lang {
    /// Japanese.
    pub const JA: Lang = Lang(Cow::Borrowed("ja"));
    /// English.
    pub const EN: Lang = Lang(Cow::Borrowed("en"));
    /// Chinese.
    pub const ZH: Lang = Lang(Cow::Borrowed("zh"));
    /// Korean.
    pub const KO: Lang = Lang(Cow::Borrowed("ko"));

    /// From a tag such as `ja`, `JA` or `en-GB`; region and script are dropped.
    pub fn new(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        match primary.as_str() {
            "ja" => Self::JA,
            "en" => Self::EN,
            "zh" => Self::ZH,
            "ko" => Self::KO,
            _ => Self(Cow::Owned(primary)),
        }
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Lang {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<String> for Lang {
    fn from(tag: String) -> Self {
        Self::new(&tag)
    }
}

impl From<Lang> for String {
    fn from(lang: Lang) -> Self {
        lang.0.into_owned()
    }
}
