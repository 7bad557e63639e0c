//! English words by what they do in a question.

/// What questions begin with that ask for more than yes or no.
pub(super) const INTERROGATIVES: [&str; 9] = ["how", "what", "when", "where", "which", "who", "whom", "whose", "why"];
/// What a clause begins with that may stand before or after the other.
pub(super) const CONJUNCTIONS: [&str; 9] =
    ["after", "because", "before", "if", "once", "since", "unless", "when", "while"];
/// A question begins with these, or they follow its interrogative.
pub(super) const AUXILIARIES: [&str; 17] = [
    "am", "are", "be", "can", "could", "did", "do", "does", "has", "have", "is", "must", "should", "was", "were",
    "will", "would",
];
/// Says nothing.
pub(super) const EMPTY: [&str; 8] = ["a", "an", "the", "please", "kindly", "also", "actually", "really"];
/// These are the asker's whether "my" is said or not; "my review" and "a review" are two things.
pub(super) const OWN: [&str; 16] = [
    "account",
    "card",
    "coupon",
    "delivery",
    "email",
    "membership",
    "order",
    "package",
    "parcel",
    "password",
    "payment",
    "phone",
    "points",
    "purchase",
    "refund",
    "subscription",
];

/// One wording for what is asked in several, in this order.
pub(super) const REWORDED: [(&str, &str); 59] = [
    ("thank you very much", ""),
    ("thank you so much", ""),
    ("thank you in advance", ""),
    ("thanks in advance", ""),
    ("thanks a lot", ""),
    ("thank you", ""),
    ("thanks", ""),
    ("good morning", ""),
    ("good afternoon", ""),
    ("good evening", ""),
    ("hello there", ""),
    ("hi there", ""),
    ("hello", ""),
    ("hi", ""),
    ("hey", ""),
    ("excuse me", ""),
    ("log in", "login"),
    ("log out", "logout"),
    ("log on", "login"),
    ("sign in", "signin"),
    ("sign up", "signup"),
    ("are not", "be not"),
    ("has been", "was"),
    ("have been", "was"),
    ("does", "do"),
    ("is", "be"),
    ("are", "be"),
    ("am", "be"),
    ("were", "was"),
    ("forgotten", "forgot"),
    ("have forgot", "forgot"),
    ("would like to", "want to"),
    ("would love to", "want to"),
    ("wish to", "want to"),
    ("wanna", "want to"),
    ("would like", "want"),
    ("have got to", "must"),
    ("have to", "must"),
    ("has to", "must"),
    ("need to", "must"),
    ("needs to", "must"),
    ("do i must", "must i"),
    ("do we must", "must we"),
    ("do you must", "must you"),
    ("be it possible for me to", "can i"),
    ("be it possible to", "can i"),
    ("be i able to", "can i"),
    ("will i be able to", "can i"),
    ("be i allowed to", "can i"),
    ("could i", "can i"),
    ("may i", "can i"),
    ("could you", "can you"),
    ("would you", "can you"),
    ("how to", "how"),
    ("how do i", "how"),
    ("how can i", "how"),
    ("where do i", "where"),
    ("where can i", "where"),
    ("where i can", "where"),
];
/// Said before an interrogative, these only ask to be told.
pub(super) const TELL: [&str; 8] = [
    "can you tell me",
    "can you explain",
    "tell me",
    "let me know",
    "do you know",
    "i want to know",
    "i must know",
    "i was wondering",
];
pub(super) const NUMBERS: [&str; 13] =
    ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"];
pub(super) const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
