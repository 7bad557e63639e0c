//! Findings for people: each with the lines it is about, by `miette`.

use std::fmt::{self, Display};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    Severity as Colour, SourceCode, SourceSpan, SpanContents,
};

use super::finding::Finding;
use super::rules::Severity;
use crate::knowledge::library::Library;
use crate::knowledge::source::Source;

/// Columns that messages are wrapped to.
const WIDTH: usize = 110;

/// Shows `findings` with the places in `library` they are about. Always with ANSI colours: write it through `anstream`, which
/// takes them away where there is no terminal (or call `to_string` and strip them).
pub fn render<'f>(library: &'f Library, findings: &'f [Finding]) -> impl Display + 'f {
    Rendered { library, findings }
}

struct Rendered<'f> {
    library: &'f Library,
    findings: &'f [Finding],
}

impl Display for Rendered<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode())
            .with_width(WIDTH)
            .with_links(false)
            .with_context_lines(1);
        for finding in self.findings {
            let source = self.library.source(&finding.file).cloned();
            let source = source.unwrap_or_else(|| Source::new(finding.file.clone(), ""));
            handler.render_report(f, &Shown { finding, source: Excerpt(source) })?;
            writeln!(f)?;
        }
        Ok(())
    }
}

#[derive(Debug)]
struct Shown<'f> {
    finding: &'f Finding,
    source: Excerpt,
}

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.finding.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(format!("{} {}", self.finding.rule, self.finding.name)))
    }

    fn severity(&self) -> Option<Colour> {
        Some(match self.finding.severity {
            Severity::Error => Colour::Error,
            Severity::Warning => Colour::Warning,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(&self.finding.remedy))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let bytes = &self.finding.bytes;
        // A finding about many lines is shown by its first.
        let text = &self.source.0.text;
        let line = text.get(bytes.clone()).unwrap_or_default().lines().next().unwrap_or_default().len();
        let span = LabeledSpan::new(None, bytes.start, line);
        Some(Box::new(std::iter::once(span)))
    }
}

/// A file as miette reads it; it would count columns in bytes.
#[derive(Debug)]
struct Excerpt(Source);

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text: &str = &self.0.text;
        let inner = text.read_span(span, before, after)?;
        let column = match inner.column() {
            0 => 0,
            _ => self.0.position(span.offset()).column - 1,
        };
        Ok(Box::new(MietteSpanContents::new_named(
            self.0.path.clone(),
            inner.data(),
            *inner.span(),
            inner.line(),
            column,
            inner.line_count(),
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::lint::Rule;

    #[test]
    fn shows_the_line_and_the_remedy() {
        let source = Source::new("ja/a.md".into(), "# 返品\n\n[壊れた](../x.md)リンク\n");
        let at = source.text.find("../x.md").unwrap();
        let finding = Finding::new(Rule::DeadLink, &source, at..at + 7, "`../x.md` leads nowhere");
        let library = Library { rejected: vec![source], ..Library::default() };
        let shown = render(&library, &[finding]).to_string();
        let plain = anstream::adapter::strip_str(&shown).to_string();
        assert!(plain.contains("K010 dead-link"), "{plain}");
        assert!(plain.contains("ja/a.md:3:7"), "{plain}");
        assert!(plain.contains("[壊れた](../x.md)リンク"), "{plain}");
        assert!(plain.contains("help: Correct the path, or remove the link."), "{plain}");
    }

    #[test]
    fn empty_and_odd_places_are_shown_too() {
        for text in ["", "\n", "x", "é"] {
            let source = Source::new("a.md".into(), text);
            let findings: Vec<_> =
                [0..0, 0..99, 1..1, 5..9].map(|bytes| Finding::new(Rule::Empty, &source, bytes, "empty")).into();
            let library = Library { rejected: vec![source], ..Library::default() };
            assert!(render(&library, &findings).to_string().contains("K007"));
        }
        let source = Source::new("gone.md".into(), "x");
        let finding = Finding::new(Rule::Empty, &source, 0..1, "gone");
        assert!(render(&Library::default(), &[finding]).to_string().contains("gone"));
    }
}
