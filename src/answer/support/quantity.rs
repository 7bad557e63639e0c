//! A number with what it counts, comparable across writings.

use super::Subject;
use super::units::Unit;

/// A number with what it counts.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Quantity {
    /// As it stands in the text.
    pub(super) text: String,
    /// The number as written.
    pub(super) raw: f64,
    /// In its dimension's base unit.
    pub(super) value: f64,
    pub(super) unit: Unit,
    /// Stated, and not only a possible reading ("a day", "one of them"): only what is stated needs a source.
    pub(super) firm: bool,
    /// Half a day more or less may be meant: 8時 without 午前 or 夜.
    pub(super) half: bool,
}

impl Quantity {
    /// Whether the two can mean the same.
    pub(super) fn agrees(&self, other: &Self) -> bool {
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-6 * a.abs().max(b.abs()).max(1.0);
        if self.unit == other.unit && near(self.value, other.value) {
            return true;
        }
        if self.unit == Unit::Clock && other.unit == Unit::Clock {
            return (self.half || other.half) && near((self.value - other.value).abs() % 720.0, 0.0);
        }
        let both_certain = self.unit.is_certain() && other.unit.is_certain();
        !both_certain && near(self.raw, other.raw)
    }

    /// Whether it is stated, and not only a possible reading.
    pub(super) fn is_firm(&self) -> bool {
        self.firm
    }

    /// Whether the two count the same, whatever they come to.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.unit == other.unit
    }

    pub(super) fn subject(&self) -> Subject {
        match self.unit {
            unit if unit.is_money() => Subject::Amount,
            unit if unit.is_time() => Subject::Time,
            _ => Subject::Number,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::quantities::quantities;
    use super::super::text::normal;
    use super::*;

    fn first(text: &str) -> Quantity {
        quantities(&normal(text)).into_iter().find(|quantity| quantity.firm).expect("a number")
    }

    fn same(a: &str, b: &str) -> bool {
        first(a).agrees(&first(b))
    }

    #[test]
    fn one_quantity_in_many_writings() {
        for (a, b) in [
            ("1,500円", "1500円"),
            ("１５００円", "1,500 yen"),
            ("三十日", "30日間"),
            ("thirty days", "30 days"),
            ("30%", "3割"),
            ("48時間", "2日"),
            ("2週間", "14日"),
            ("fortnight: a fortnight", "14 days"),
            ("24か月", "2年"),
            ("夜8時", "20:00"),
            ("午後2時", "14:00"),
            ("8 pm", "20:00"),
            ("3月31日", "31 March"),
            ("March 31", "31st March"),
            ("30万円", "300,000円"),
            ("2〜3営業日", "2営業日"),
            ("2 to 3 business days", "2 working days"),
            ("丸二日", "48 hours"),
            ("sixty-minute", "60 minutes"),
            ("¥680", "680円"),
            ("5年", "five years"),
        ] {
            assert!(same(a, b), "{a} is {b}");
        }
        for (a, b) in [
            ("30日", "90日"),
            ("5日", "5営業日"),
            ("30 days", "30 hours"),
            ("680円", "680 dollars"),
            ("8:00", "20:00"),
            ("3月31日", "4月30日"),
            ("4%", "4円"),
            ("2時間", "2分"),
        ] {
            assert!(!same(a, b), "{a} is not {b}");
        }
    }
}
