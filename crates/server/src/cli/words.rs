//! Words of the interface as values of flags: help, completions and mistakes list them.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use rollcall_policy::{OnNewSubject, Outcome, Reason, Role, UnverifiedDomains};

macro_rules! words {
    ($($name:ident: $type:ty),+ $(,)?) => {$(
        pub(super) fn $name() -> impl TypedValueParser<Value = $type> {
            PossibleValuesParser::new(<$type>::ALL.iter().map(|word| word.code()))
                .try_map(|word| <$type>::from_code(&word).ok_or("there is no such word"))
        }
    )+};
}

words! {
    role: Role,
    outcome: Outcome,
    reason: Reason,
    on_new_subject: OnNewSubject,
    unverified_domains: UnverifiedDomains,
}
