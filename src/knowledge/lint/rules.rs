//! The rules of `knowledge check`, in one table: the code, the documentation and the findings all read it here.

use serde::{Serialize, Serializer};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// `knowledge check` fails, and the file keeps its last good version.
    Error,
    /// Worth a look; published all the same.
    Warning,
}

/// What becomes of a file with an error that has no good version to fall back on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstTime {
    /// It stays out.
    Refuse,
    /// It is served as it is, and reported: what is wrong spoils the page but deceives nobody. Also, an error of this
    /// kind that the version in service has already does not hold back the next version.
    Admit,
}

/// What is known of a rule.
#[derive(Debug, Clone, Copy)]
pub struct RuleDoc {
    /// Stable id: never reused, never given to another rule.
    pub id: &'static str,
    /// Short name.
    pub name: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What happens to a new file.
    pub first_time: FirstTime,
    /// When it fires.
    pub when: &'static str,
    /// What the editor does about it.
    pub remedy: &'static str,
}

macro_rules! rules {
    ($($variant:ident $id:literal $name:literal $severity:ident $first:ident: $when:literal => $remedy:literal;)*) => {
        /// A rule of `knowledge check`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = $when] $variant,)*
        }

        impl Rule {
            /// Every rule, errors first, by id.
            pub const ALL: &[Rule] = &[$(Rule::$variant,)*];

            /// What is known of it.
            pub const fn doc(self) -> RuleDoc {
                match self {
                    $(Rule::$variant => RuleDoc {
                        id: $id,
                        name: $name,
                        severity: Severity::$severity,
                        first_time: FirstTime::$first,
                        when: $when,
                        remedy: $remedy,
                    },)*
                }
            }
        }
    };
}

rules! {
    Unreadable "K001" "unreadable" Error Refuse:
        "The file cannot be read, is not UTF-8, or holds NUL characters."
        => "Save it as UTF-8 text.";
    FrontMatterSyntax "K002" "front-matter-syntax" Error Refuse:
        "The front matter is not closed by a line `---`, or is not YAML, or names a key twice."
        => "Correct the YAML between the two lines `---`; quote values that hold `: ` or ` #`.";
    FrontMatterValue "K003" "front-matter-value" Error Refuse:
        "A front-matter key has a value of the wrong type or shape (a date that is none, a language that is none)."
        => "Write dates as YYYY-MM-DD, `draft` as true or false, `lang` as a code such as ja, lists as lists.";
    MisspeltKey "K004" "misspelt-key" Error Refuse:
        "An unknown key is one or two letters away from one that decides who sees the article and when."
        => "Correct the key: as it stands, it would be ignored and the article shown to everybody, always.";
    DuplicateId "K005" "duplicate-id" Error Refuse:
        "Two files name the same `id`."
        => "Give one of them another id; until then the last good version is served.";
    DatesReversed "K006" "dates-reversed" Error Refuse:
        "`effective_until` lies before `effective_from`: the article would never be in effect."
        => "Swap or correct the dates.";
    Empty "K007" "empty" Error Refuse:
        "The file holds no text besides front matter and headings."
        => "Write the article, or delete the file.";
    TooLarge "K008" "too-large" Error Refuse:
        "The file is larger than one mebibyte."
        => "Split it into articles, one for each question it answers.";
    Injection "K009" "injection" Error Refuse:
        "Text reads like instructions to a language model, or hides from readers what a model would see."
        => "Remove it and find out who wrote it; if it is harmless, say the same to customers in other words.";
    DeadLink "K010" "dead-link" Error Admit:
        "A relative link leads to an article that is not there."
        => "Correct the path, or remove the link.";
    TranslationTarget "K011" "translation-target" Error Admit:
        "`translation_of` names no article, the article itself, one of the same language, or another translation."
        => "Name the id of the original.";
    Derived "K101" "derived" Warning Admit:
        "`id`, `title`, `lang` or `category` is missing and was derived from path, headings and text."
        => "Nothing must be done; write them into the front matter to hold them still when the file moves.";
    UnknownKey "K102" "unknown-key" Warning Admit:
        "The front matter has a key that means nothing here."
        => "Remove it, or correct its spelling; it is ignored.";
    SingleValue "K103" "single-value" Warning Admit:
        "A key that takes a list has a single value; it is read as a list of one."
        => "Write it as a list: `[value]`.";
    PathMismatch "K104" "path-mismatch" Warning Admit:
        "`lang` or `category` says something else than the folders the file lies in."
        => "Move the file, or correct the front matter; the front matter holds.";
    DeadAnchor "K105" "dead-anchor" Warning Admit:
        "A link's #fragment names no heading of its target."
        => "Use the heading's words in lower case, spaces as hyphens, without punctuation.";
    DeadFile "K106" "dead-file" Warning Admit:
        "A relative link or image leads to a file that is not an article and is not there, or out of the folder."
        => "Add the file, or correct the path.";
    HiddenTarget "K107" "hidden-target" Warning Admit:
        "An article that customers read links to one they cannot read: a draft, expired, or another audience's."
        => "Link to a published article, or publish the target.";
    MissingTranslation "K108" "missing-translation" Warning Admit:
        "An article lacks a language that most articles have."
        => "Translate it; until then customers of that language are shown another one.";
    OlderTranslation "K109" "older-translation" Warning Admit:
        "The original has a later `effective_from` than its translation, or, where those agree, a later `review_by`."
        => "Bring the translation up to date, and its dates with it.";
    TranslationDiffers "K110" "translation-differs" Warning Admit:
        "A translation and its original disagree on draft, audience, category or `effective_until`."
        => "Make the front matter of both agree.";
    ReviewDue "K111" "review-due" Warning Admit:
        "`review_by` has passed."
        => "Read the article again, correct it, and set the next date.";
    NearDuplicate "K112" "near-duplicate" Warning Admit:
        "Two sections of one language are nearly the same text."
        => "Say it once and link to it: two copies drift apart, and search returns both.";
    SameQuestion "K113" "same-question" Warning Admit:
        "Two articles of one language and audience claim the same title or question."
        => "Let one article answer it, and the other link there.";
    HeadingSkipped "K114" "heading-skipped" Warning Admit:
        "A heading is more than one level below the one before it."
        => "Use the next level; the path of headings is shown with every citation.";
    LongSection "K115" "long-section" Warning Admit:
        "A section is longer than what one passage holds (about 800 Japanese characters or 360 words)."
        => "Divide it by headings, so that what is quoted is one thought.";
    StrippedHtml "K116" "stripped-html" Warning Admit:
        "Raw HTML that readers will not see, because it is removed for safety."
        => "Write it in Markdown.";
    SuspectInstruction "K117" "suspect-instruction" Warning Admit:
        "Text may be meant for a language model: what it asks for is what a program answers, not what a customer does."
        => "Say what the customer does, and where; or ignore this, if that is what it says.";
}

impl Rule {
    /// Stable id, such as `K001`.
    pub const fn id(self) -> &'static str {
        self.doc().id
    }

    /// How bad it is.
    pub const fn severity(self) -> Severity {
        self.doc().severity
    }
}

impl Serialize for Rule {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.id())
    }
}

impl std::fmt::Display for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.id())
    }
}

/// The text of `knowledge/LINTS.md`; a test keeps the file equal to it.
pub fn documentation() -> String {
    let mut page = String::from(
        "# What `madoguchi knowledge check` looks for\n\n\
         Written from the table in `src/knowledge/lint/rules.rs`; a test keeps the two equal\n\
         (`UPDATE_LINTS=1 cargo test --lib lint::rules` writes this page again).\n\n\
         An **error** makes `knowledge check` end with status 1, and the file keeps its last good version in the index. A\n\
         file that never had one stays out, or, where the last column says *served*, goes in as it is; an error of that kind\n\
         which the version in service has already does not hold back the next one. A **warning** never keeps anything out.\n",
    );
    for (severity, title) in [(Severity::Error, "Errors"), (Severity::Warning, "Warnings")] {
        let last = if severity == Severity::Error { " New file |" } else { "" };
        let rule = if severity == Severity::Error { "---|" } else { "" };
        page.push_str(&format!("\n## {title}\n\n| Rule | Name | When | Remedy |{last}\n|---|---|---|---|{rule}\n"));
        for doc in Rule::ALL.iter().map(|rule| rule.doc()).filter(|doc| doc.severity == severity) {
            let fate = match (severity, doc.first_time) {
                (Severity::Warning, _) => "",
                (Severity::Error, FirstTime::Refuse) => " stays out |",
                (Severity::Error, FirstTime::Admit) => " served |",
            };
            page.push_str(&format!("| {} | {} | {} | {} |{fate}\n", doc.id, doc.name, doc.when, doc.remedy));
        }
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_names_are_distinct_and_ordered() {
        let ids: Vec<_> = Rule::ALL.iter().map(|rule| rule.id()).collect();
        let mut sorted = ids.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(ids, sorted);
        for rule in Rule::ALL {
            assert_eq!(rule.severity() == Severity::Error, rule.id().starts_with("K0"), "{rule}");
        }
    }

    #[test]
    fn the_page_tells_what_the_table_says() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("knowledge/LINTS.md");
        if std::env::var_os("UPDATE_LINTS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, documentation()).unwrap();
        }
        let page = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(page == documentation(), "run UPDATE_LINTS=1 cargo test --lib lint::rules");
    }
}
