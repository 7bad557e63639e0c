//! Under which headings the next words of a reply stand for its reader.
//!
//! Words of one section follow each other under one line; words of another that need none of their own must not be read as standing
//! under it either.

use crate::answer::Part;
use crate::answer::headings::{STEP, above, line, untold};
use crate::passages::{ArticleId, Passage};

/// The section that was shown last, and what its reader knows of its headings.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// Of the passages behind what was shown: several, where a sentence rests on several.
    sections: Vec<(ArticleId, Vec<String>)>,
    /// Titles and headings that stand above it.
    named: Vec<String>,
    /// What was shown of it, headings among it.
    told: String,
    /// The line that was shown last.
    line: String,
    /// Whether words of several sections stand in the reply: then a question that speaks of both tells nothing of either.
    mixed: bool,
}

impl Standing {
    /// The line that must stand above `shown`, which rests on `passages`, in a reply to `question`. `leans`: its heading is wanted in
    /// any case.
    pub(super) fn above(&mut self, passages: &[&Passage], question: &str, shown: &str, leans: bool) -> Option<Part> {
        let (headed, same_article) = self.enter(passages);
        let asked = if self.mixed { "" } else { question };
        let told = format!("{asked}\n{}\n{shown}", self.told);
        let mut names: Vec<Vec<&str>> = passages.iter().map(|passage| self.names(passage, &told, leans)).collect();
        if headed
            && names.iter().all(Vec::is_empty)
            && let (Some(passage), Some(names)) = (passages.first(), names.first_mut())
        {
            let heading = passage.heading.last().filter(|_| same_article);
            names.push(heading.unwrap_or(&passage.title));
        }
        names.dedup();
        let lines: Vec<String> = names.iter().filter(|names| !names.is_empty()).map(|names| names.join(STEP)).collect();
        let named = lines.join(" / ");
        for text in [named.as_str(), shown] {
            self.told.push('\n');
            self.told.push_str(text);
        }
        self.named.extend(names.into_iter().flatten().map(str::to_owned));
        // The same line again would tell nothing: it is still the last that was shown.
        let fresh = !named.is_empty() && named != self.line;
        if fresh {
            self.line.clone_from(&named);
        }
        fresh.then(|| Part::Own(line(&[named.as_str()])))
    }

    /// The same where the article's title is wanted in any case.
    pub(super) fn titled(&mut self, passage: &Passage, question: &str, shown: &str, leans: bool) -> Part {
        *self = Self { mixed: self.mixed || !self.sections.is_empty(), ..Self::default() };
        self.enter(&[passage]);
        let mut names = self.names(passage, &format!("{question}\n{shown}"), leans);
        if names.first() != Some(&passage.title.as_str()) {
            names.insert(0, &passage.title);
        }
        let line = line(&names);
        self.line = names.join(STEP);
        self.told = format!("{line}\n{shown}");
        self.named = names.into_iter().map(str::to_owned).collect();
        Part::Own(line)
    }

    fn names<'p>(&self, passage: &'p Passage, told: &str, leans: bool) -> Vec<&'p str> {
        let Passage { title, heading, .. } = passage;
        let wanted = leans && heading.last().is_some_and(|last| !self.named.contains(last));
        if wanted { above(title, heading, told) } else { untold(title, heading, told) }
    }

    /// Goes to the section of `passages`. Says whether another was left above which a heading stands, and whether that one is of the
    /// same article.
    fn enter(&mut self, passages: &[&Passage]) -> (bool, bool) {
        let mut sections: Vec<(ArticleId, Vec<String>)> =
            passages.iter().map(|passage| (passage.article_id.clone(), passage.heading.clone())).collect();
        sections.dedup();
        if sections == self.sections {
            return (false, true);
        }
        self.mixed |= !self.sections.is_empty();
        let headed = !self.named.is_empty();
        let article = |sections: &[(ArticleId, Vec<String>)]| sections.first().map(|(id, _)| id.clone());
        let same_article = article(&sections) == article(&self.sections);
        let title = passages.first().map(|passage| passage.title.as_str());
        self.named.retain(|name| same_article && Some(name.as_str()) == title);
        self.told = self.named.join("\n");
        self.sections = sections;
        (headed, same_article)
    }
}

/// What must be known for `told` to be true: words that are alike under different conditions say different things.
pub(super) fn condition(passages: &[&Passage], told: &str) -> String {
    let mut names: Vec<&str> =
        passages.iter().flat_map(|passage| untold(&passage.title, &passage.heading, told)).collect();
    names.dedup();
    names.join(STEP)
}
