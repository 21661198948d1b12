//! Whose an operation is, in words. What is really allowed is judged elsewhere; a test holds the two against each other.

/// Which token opens an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Every administrator's; each sees what is theirs.
    All,
    /// The operator's; auditors of everything may read.
    Installation,
    /// The company's owners', too; its auditors may read.
    Company,
    /// The organization's owners', too.
    Organization,
    /// Of all administrators but auditors, each within what is theirs.
    Rank,
    /// The product's, and no administrator's.
    Product,
    /// The product's, or whoever holds the sign-in key of a connection.
    SignIn,
}

impl Who {
    /// Which of the document's security schemes.
    pub(crate) const fn scheme(self) -> &'static str {
        match self {
            Self::All | Self::Installation | Self::Company | Self::Organization | Self::Rank => "admin_token",
            Self::Product => "product_key",
            Self::SignIn => "sign_in_key",
        }
    }

    /// The word for programs (`x-rollcall-who`).
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Installation => "installation",
            Self::Company => "company",
            Self::Organization => "organization",
            Self::Rank => "rank",
            Self::Product => "product",
            Self::SignIn => "sign_in",
        }
    }

    /// Who may, as a sentence.
    pub(crate) fn sentence(self, reads: bool) -> &'static str {
        match (self, reads) {
            (Self::All, _) => "Every administrator may; each sees what is theirs.",
            (Self::Installation, true) => "Operators may, and auditors of everything.",
            (Self::Installation, false) => "Operators may.",
            (Self::Company, true) => "Operators may, owners of the company, and auditors.",
            (Self::Company, false) => "Operators may, and owners of the company.",
            (Self::Organization, true) => {
                "Operators may, owners of the company, owners of the organization, and auditors."
            }
            (Self::Organization, false) => "Operators may, owners of the company, and owners of the organization.",
            (Self::Rank, _) => "Every administrator but auditors may, within what is theirs.",
            (Self::Product, _) => "The product may, with its own key.",
            (Self::SignIn, _) => "The product may, with the sign-in key of a connection or its own key.",
        }
    }
}
