//! Amounts as Stripe writes them: minor units, but for some currencies not those of ISO 4217.
use crate::money::{Currency, Money};

/// Currencies of which Stripe has other digits after the point than ISO 4217. Two keep the hundredths that they once had;
/// the fifths of an ariary it does not know.
const OTHER_DIGITS: &[(&str, u32)] = &[("ISK", 2), ("UGX", 2), ("MGA", 0)];
/// Most digits after the point that Stripe has.
const MOST_DIGITS: u32 = 3;

/// Returns the number that says an amount to Stripe; `None` where Stripe cannot say it.
pub fn to_stripe(money: Money) -> Option<i64> {
    let (ours, theirs) = (money.currency.digits(), stripe_digits(money.currency)?);
    let number = scaled(money.minor, ours, theirs)?;
    // Thousandths must be whole hundredths: card networks know no smaller ones.
    let is_whole = theirs < MOST_DIGITS || number % 10 == 0;
    is_whole.then_some(number)
}

/// Returns the amount that a number of Stripe's says, with the code of its currency in any case.
pub fn from_stripe(number: i64, currency: &str) -> Option<Money> {
    let currency: Currency = currency.to_uppercase().parse().ok()?;
    let minor = scaled(number, stripe_digits(currency)?, currency.digits())?;
    Some(Money::new(minor, currency))
}

fn stripe_digits(currency: Currency) -> Option<u32> {
    let other = OTHER_DIGITS.iter().find(|(code, _)| *code == currency.code()).map(|(_, digits)| *digits);
    Some(other.unwrap_or(currency.digits())).filter(|digits| *digits <= MOST_DIGITS)
}

/// A number with other digits after the point, if it comes to the same.
fn scaled(number: i64, from: u32, to: u32) -> Option<i64> {
    if to >= from {
        return number.checked_mul(10_i64.checked_pow(to - from)?);
    }
    let factor = 10_i64.checked_pow(from - to)?;
    (number % factor == 0).then(|| number / factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(amount: &str, currency: &str) -> Money {
        Money::parse(amount, currency.parse().expect(currency)).expect(amount)
    }

    /// T-pay-units: what stands at the gateway is what stands on the folio.
    #[test]
    fn amounts_are_said_in_minor_units_with_the_exceptions_of_the_gateway() {
        for (amount, currency, number) in [
            ("123.45", "EUR", 12_345),
            ("0.50", "USD", 50),
            // Without decimals.
            ("500", "JPY", 500),
            ("1500", "KRW", 1_500),
            ("25000", "CLP", 25_000),
            ("100", "VND", 100),
            ("10000", "XOF", 10_000),
            ("900", "PYG", 900),
            // Without decimals today, with two at the gateway.
            ("5", "ISK", 500),
            ("5", "UGX", 500),
            // With decimals that the gateway does not know.
            ("5.00", "MGA", 5),
            // Payouts of these are whole; payments are not.
            ("10.45", "HUF", 1_045),
            ("800.45", "TWD", 80_045),
            // With three decimals.
            ("5.120", "KWD", 5_120),
            ("1.000", "BHD", 1_000),
            ("9.990", "JOD", 9_990),
            ("0.100", "OMR", 100),
            ("20.500", "TND", 20_500),
        ] {
            let money = money(amount, currency);
            assert_eq!(to_stripe(money), Some(number), "{amount} {currency}");
            assert_eq!(from_stripe(number, &currency.to_lowercase()), Some(money), "{number} {currency}");
        }
    }

    /// T-pay-units: of each currency that a hotel can have, whole units come out as they went in, and the gateway has the digits
    /// of ISO 4217, none, two or three of them, but for those whose digits are others there.
    #[test]
    fn each_currency_is_said_with_its_digits() {
        let codes = ('A'..='Z').flat_map(|a| ('A'..='Z').flat_map(move |b| ('A'..='Z').map(move |c| format!("{a}{b}{c}"))));
        let currencies: Vec<Currency> = codes.filter_map(|code| code.parse().ok()).collect();
        assert!(currencies.len() > 150, "only {} currencies", currencies.len());
        let mut unknown = Vec::new();
        for currency in currencies {
            let digits = match currency.code() {
                "ISK" | "UGX" => 2,
                "MGA" => 0,
                _ => currency.digits(),
            };
            let whole = Money::new(7 * 10_i64.pow(currency.digits()), currency);
            match to_stripe(whole) {
                Some(number) => {
                    assert!(matches!(digits, 0 | 2 | 3), "{currency} has {digits} digits");
                    assert_eq!(number, 7 * 10_i64.pow(digits), "{currency}");
                    assert_eq!(from_stripe(number, &currency.code().to_lowercase()), Some(whole), "{currency}");
                }
                None => unknown.push(currency.code()),
            }
        }
        assert_eq!(unknown, ["CLF", "UYW"], "four digits");
    }

    #[test]
    fn amounts_that_the_gateway_cannot_say_are_not_rounded() {
        for (amount, currency) in [
            ("5.124", "KWD"),
            ("0.001", "BHD"),
            ("5.20", "MGA"),
            // Four decimals.
            ("1.0000", "CLF"),
            ("92233720368547759", "ISK"),
        ] {
            assert_eq!(to_stripe(money(amount, currency)), None, "{amount} {currency}");
        }
        assert_eq!(from_stripe(550, "isk"), None, "half a króna");
        assert_eq!(from_stripe(550, "xxx"), None, "no currency");
    }
}
