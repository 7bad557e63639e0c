//! The last links of the chain: what was found, what was drafted from it, what may be shown.

use jiff::civil::Date;

use super::blocks::{Block, Kind, blocks};
use super::generate::goes_on;
use super::headings::line;
use super::support::sentences;
use super::{Draft, Extractive, Part, SearchRecord, Written, exceptions, phrases, verify};
use crate::guard::{Cleared, Masked};
use crate::knowledge::{Catalogue, Reader};
use crate::language::Lang;
use crate::passages::hybrid::{Fused, Retriever};
use crate::passages::{GenerationId, IndexError};

/// What is searched, and as of when.
#[derive(Debug)]
pub struct Sources<'a> {
    /// Vector and words to passages.
    pub retriever: &'a Retriever,
    /// The articles that are served.
    pub catalogue: &'a Catalogue,
    /// The help centre's own language.
    pub default_language: &'a Lang,
    /// The day.
    pub on: Date,
    /// The most passages wanted.
    pub limit: usize,
}

impl Sources<'_> {
    /// How `message` is searched for: in a language that its writer can read, and as well as may be in others.
    pub fn search_for(&self, message: &Masked) -> SearchRecord {
        let Self { retriever, catalogue, default_language, on, limit } = *self;
        let reader = Reader { audiences: message.audiences().to_vec(), on };
        let language = catalogue.reading_language(message.lang(), default_language, &reader);
        let settings = retriever.settings().clone();
        let settings = if language == *message.lang() { settings } else { settings.in_place_of_own() };
        SearchRecord {
            asked: message.asked().to_owned(),
            language,
            audiences: reader.audiences,
            within: message.only_within().map(<[_]>::to_vec),
            on,
            drafts: message.drafts(),
            limit,
            generation: catalogue.spec().id,
            settings,
        }
    }
}

/// A cleared message with the passages found for it. Only [`Retrieved::search`] makes one.
#[derive(Debug, Clone)]
pub struct Retrieved {
    message: Cleared,
    hits: Vec<Fused>,
    search: SearchRecord,
}

impl Retrieved {
    /// Searches for `message`, in a language its writer can read.
    ///
    /// # Errors
    /// When the index fails.
    pub async fn search(message: Cleared, sources: &Sources<'_>) -> Result<Self, IndexError> {
        let Sources { retriever, catalogue, .. } = *sources;
        let search = sources.search_for(message.message());
        let found = search.run(retriever, message.vector()).await?;
        // A generation may have been switched since the catalogue was read: what is cited must be in it.
        let served = |hit: &Fused| {
            catalogue.article(&hit.passage.article_id).is_some_and(|article| article.version == hit.passage.version)
        };
        let hits = found.into_iter().filter(served).collect();
        Ok(Self { message, hits, search })
    }

    /// The message.
    pub fn message(&self) -> &Cleared {
        &self.message
    }

    /// The passages, best first.
    pub fn hits(&self) -> &[Fused] {
        &self.hits
    }

    /// The generation they are from.
    pub fn generation(&self) -> GenerationId {
        self.search.generation
    }

    fn quoted(&self, writer: &Extractive<'_>) -> Draft {
        let message = self.message.message();
        // A follow-up asks for what it adds; one that adds no word of its own asks for what it goes back to.
        let source = self.hits.first().map_or(message.lang(), |hit| &hit.passage.lang);
        let adds = !(writer.words)(source, message.text()).is_empty();
        let asked = if adds { message.text() } else { message.asked() };
        writer.draft(asked, message.lang(), &self.hits)
    }

    /// A draft from these with the exceptions to it that stand elsewhere in its articles.
    fn with_exceptions(&self, draft: Draft, catalogue: &Catalogue) -> Draft {
        // Of what is withheld there are no exceptions.
        let mut draft = verify(draft);
        let message = self.message.message();
        let exceptions = exceptions::to(&draft, message.asked(), message.lang(), catalogue);
        draft.parts.extend(exceptions);
        draft
    }

    /// The search that found them.
    pub fn search_record(&self) -> &SearchRecord {
        &self.search
    }
}

/// What might be said, not yet checked. Made from what was [`Retrieved`], by nothing else.
#[derive(Debug, Clone)]
pub struct Drafted {
    draft: Draft,
}

impl Drafted {
    /// The articles' own words.
    pub fn extractive(from: &Retrieved, writer: &Extractive<'_>) -> Self {
        Self { draft: from.with_exceptions(from.quoted(writer), writer.catalogue) }
    }

    /// What a model wrote from it, as far as the checker let it pass. Where it was stopped because of what it said, only what was told by
    /// then stands.
    pub fn generated(from: &Retrieved, written: Written, catalogue: &Catalogue) -> Self {
        let Written { draft, breach, .. } = written;
        Self { draft: if breach.is_some() { draft } else { from.with_exceptions(draft, catalogue) } }
    }

    /// What a model wrote before it broke off, and after it what the articles' own words add: customers have read the one, and it may
    /// lack the very sentence that they asked for.
    pub fn broken_off(from: &Retrieved, written: Written, writer: &Extractive<'_>) -> Self {
        let own = phrases(from.message.message().lang());
        let mut draft = written.draft;
        let told: Vec<String> = draft.parts.iter().map(|part| squeezed(part.markdown())).collect();
        let is_told = |words: &str| told.iter().any(|told| told.contains(&squeezed(words)));
        // A line of headings goes with the words below it, the remark on further rows with the table above it.
        let (mut added, mut above, mut shown) = (Vec::new(), Vec::new(), false);
        for part in from.quoted(writer).parts {
            match &part {
                Part::Own(text) if text == own.other_rows => added.extend(shown.then_some(part)),
                Part::Own(_) => above.push(part),
                Part::Quote { .. } | Part::Said(_) => {
                    let lines = std::mem::take(&mut above);
                    let rest = untold(part, &is_told);
                    // The remark is on the rows of a table.
                    let tables = |part: &Part| blocks(part.markdown()).iter().any(|block| block.kind == Kind::Table);
                    shown = rest.as_ref().is_some_and(tables);
                    added.extend(lines.into_iter().filter(|_| rest.is_some()));
                    added.extend(rest);
                }
            }
        }
        // What was said may be of another article.
        let other = added.iter().flat_map(Part::citations).next();
        let other = other.filter(|quoted| draft.citations().all(|said| said.article_id != quoted.article_id));
        let untitled = other.filter(|quoted| !added.iter().any(|part| is_titled(part, &quoted.title)));
        let title = untitled.map(|quoted| Part::Own(line(&[quoted.title.as_str()])));
        let told = draft.parts.len();
        draft.parts.extend(title.into_iter().chain(added));
        let mut draft = from.with_exceptions(draft, writer.catalogue);
        let quoted = draft.parts.iter().skip(told).any(|part| matches!(part, Part::Quote { .. }));
        let note = if quoted { own.goes_on_quoted } else { own.broken_off };
        draft.parts.insert(told, Part::Own(note.to_owned()));
        Self { draft }
    }

    /// Nothing, because what was found does not hold the answer.
    pub fn nothing(_from: &Retrieved) -> Self {
        Self { draft: Draft::default() }
    }
}

/// Whether a part is a line of headings with this title.
fn is_titled(part: &Part, title: &str) -> bool {
    matches!(part, Part::Own(line) if line.starts_with("**") && line.contains(title))
}

/// A part without what was told before; nothing if all of it was.
fn untold(part: Part, is_told: &impl Fn(&str) -> bool) -> Option<Part> {
    let Part::Quote { markdown, citation } = part else {
        return Some(part).filter(|part| !is_told(part.markdown()));
    };
    let rest = new_blocks(&markdown, is_told);
    (!rest.is_empty()).then_some(Part::Quote { markdown: rest, citation })
}

/// The blocks of a text that were not told before: a paragraph, a list or a table is new as long as one of its sentences or lines is. A
/// paragraph stays above a list or a table that it leads to, and above one that goes on with it.
fn new_blocks(markdown: &str, is_told: &impl Fn(&str) -> bool) -> String {
    let is_new = |block: &Block<'_>| match block.kind {
        Kind::Paragraph => !sentences(block.text).iter().all(|sentence| is_told(sentence)),
        _ => !block.text.lines().all(is_told),
    };
    let mut kept: Vec<&str> = Vec::new();
    let mut below = None;
    let all = blocks(markdown);
    for block in all.iter().rev() {
        let leads = |below: &Block<'_>| below.kind != Kind::Paragraph || goes_on(below.text);
        let above = block.kind == Kind::Paragraph && below.is_some_and(leads);
        below = (is_new(block) || above).then_some(block);
        kept.extend(below.map(|block| block.text));
    }
    kept.reverse();
    kept.join("\n\n")
}

/// A text without its blanks.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// What may be shown: every quoted sentence stands in its source. Only [`Verified::check`] makes one.
#[derive(Debug, Clone)]
pub struct Verified {
    draft: Draft,
}

impl Verified {
    /// Checks a draft and takes out what its sources do not say.
    pub fn check(drafted: Drafted) -> Self {
        Self { draft: verify(drafted.draft) }
    }

    /// What is left.
    pub fn into_draft(self) -> Draft {
        self.draft
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_goes_on() {
        let told = squeezed(
            "返品は30日以内です。箱は要りません。\n| 対象 | 期間 |\n|---|---|\n| 靴 | 30日 |\n| 家電 | 14日 |",
        );
        let is_told = |words: &str| told.contains(&squeezed(words));
        let rest = |markdown: &str| new_blocks(markdown, &is_told);
        assert_eq!(rest("返品は30日以内です。"), "");
        assert_eq!(rest("返品は30日以内です。\n\n送料は無料です。"), "送料は無料です。");
        assert_eq!(rest("| 対象 | 期間 |\n|---|---|\n| 家電 | 14日 |"), "", "one of the rows");
        let longer = "| 対象 | 期間 |\n|---|---|\n| 本 | 7日 |";
        assert_eq!(rest(longer), longer);
        let led = "返品は30日以内です。\n\n- 靴\n- 本";
        assert_eq!(rest(led), led, "what leads to a list");
        let limited = "返品は30日以内です。\n\nただし、本は7日以内です。";
        assert_eq!(rest(limited), limited, "what is limited");
        let whole = "返品は30日以内です。靴は別です。";
        assert_eq!(rest(whole), whole, "a paragraph is not cut open");
        assert_eq!(rest(""), "");
    }
}
