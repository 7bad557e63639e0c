//! Check digits.

/// Whether the digits satisfy the Luhn formula (ISO/IEC 7812-1, annex B): from the right, every second digit doubled and its digits
/// added, the sum is a multiple of ten.
pub(super) fn luhn(digits: &[u32]) -> bool {
    let double = |digit: u32| if digit < 5 { digit * 2 } else { digit * 2 - 9 };
    let weigh = |(at, digit): (usize, &u32)| if at % 2 == 1 { double(*digit) } else { *digit };
    !digits.is_empty() && digits.iter().rev().enumerate().map(weigh).sum::<u32>() % 10 == 0
}

/// Whether twelve digits are an Individual Number: the check digit is `11 - (Σ Pn·Qn mod 11)`, 0 where that remainder is 0 or 1; Pn is
/// the n-th digit from the right without the check digit, Qn is n+1 for n ≤ 6 and n-5 above.
///
/// Source: article 5 of the ordinance of the Ministry of Internal Affairs and Communications no. 85 of 2014 (平成26年総務省令第85号), by
/// article 8 of the order to the act on the use of numbers to identify a specific individual in administrative procedures
/// (行政手続における特定の個人を識別するための番号の利用等に関する法律, act no. 27 of 2013).
pub(super) fn my_number(digits: &[u32]) -> bool {
    let [rest @ .., check] = digits else { return false };
    if rest.len() != 11 {
        return false;
    }
    let weight = |n: u32| if n <= 6 { n + 1 } else { n - 5 };
    let sum: u32 = (1..).zip(rest.iter().rev()).map(|(n, digit)| digit * weight(n)).sum();
    let expected = match sum % 11 {
        0 | 1 => 0,
        remainder => 11 - remainder,
    };
    *check == expected
}

/// Whether letters and digits are an International Bank Account Number (ISO 13616): the first four characters moved to the end and
/// letters read as 10 to 35, it leaves 1 when divided by 97 (ISO/IEC 7064, MOD 97-10).
pub(super) fn iban(chars: &[char]) -> bool {
    let [a, b, c, d, rest @ ..] = chars else { return false };
    let value = |c: &char| c.to_digit(36).filter(|_| !c.is_ascii_lowercase());
    let fold = |sum: u32, n: u32| if n < 10 { (sum * 10 + n) % 97 } else { (sum * 100 + n) % 97 };
    let sum = rest.iter().chain([a, b, c, d]).try_fold(0, |sum, c| Some(fold(sum, value(c)?)));
    let lead = a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit();
    lead && (15..=34).contains(&chars.len()) && sum == Some(1)
}

/// Whether the digits begin as an issuer of payment cards does, and are as many as it uses. Ranges by ISO/IEC 7812-2 as the networks
/// publish them: Visa, Mastercard, American Express, Diners Club, JCB, Discover, UnionPay, Maestro. Visa's old numbers of 13
/// digits are left out: they look like the article numbers (GTIN-13) that begin with 45 and 49 in Japan.
pub(super) fn issuer(digits: &[u32]) -> bool {
    let lead = |n: usize| digits.iter().take(n).fold(0, |lead, digit| lead * 10 + digit);
    let (two, three, four) = (lead(2), lead(3), lead(4));
    match digits.len() {
        14 => matches!(three, 300..=305 | 309) || matches!(two, 36 | 38 | 39),
        15 => matches!(two, 34 | 37),
        16 => {
            matches!(two, 40..=49 | 51..=55 | 62 | 65)
                || matches!(three, 644..=649 | 300..=305)
                || matches!(four, 2221..=2720 | 3528..=3589 | 6011 | 5018 | 5020 | 5038 | 5893 | 6304 | 6759)
                || matches!(two, 36 | 38 | 39)
        }
        17..=19 => two == 62 || (digits.len() == 19 && (40..=49).contains(&two)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Vec<u32> {
        text.chars().filter_map(|c| c.to_digit(10)).collect()
    }

    #[test]
    fn luhn_agrees_with_the_networks_test_numbers() {
        for good in ["4111111111111111", "5555555555554444", "378282246310005", "30569309025904", "3530111333300000"] {
            assert!(luhn(&digits(good)) && issuer(&digits(good)), "{good}");
        }
        assert!(!luhn(&digits("4111111111111112")) && !luhn(&[]));
        assert!(!issuer(&digits("4901234567894")), "an article number");
    }

    #[test]
    fn bank_accounts_of_the_standard() {
        let iban = |text: &str| super::iban(&text.chars().collect::<Vec<_>>());
        assert!(iban("GB29NWBK60161331926819") && iban("DE89370400440532013000"));
        assert!(!iban("GB29NWBK60161331926818") && !iban("") && !iban("GB29") && !iban("gb29nwbk60161331926819"));
    }

    #[test]
    fn the_ordinance_by_hand() {
        // 1·6 + 2·5 + 3·4 + 4·3 + 5·2 + 6·7 + 7·6 + 8·5 + 9·4 + 0·3 + 1·2 = 212 = 19·11 + 3, and 11 - 3 = 8.
        assert!(my_number(&digits("123456789018")));
        assert!((0..10).filter(|check| my_number(&digits(&format!("12345678901{check}")))).count() == 1);
        // All zeros: the remainder is 0, the digit 0.
        assert!(my_number(&digits("000000000000")));
        assert!(!my_number(&digits("12345678901")) && !my_number(&[]));
    }

    #[test]
    fn one_wrong_digit_is_noticed() {
        let good = digits("123456789018");
        for at in 0..good.len() {
            let mut wrong = good.clone();
            wrong[at] = (wrong[at] + 1) % 10;
            // The formula does not tell remainders 0 and 1 apart; no digit of this number leads there.
            assert!(!my_number(&wrong), "{wrong:?}");
        }
    }
}
