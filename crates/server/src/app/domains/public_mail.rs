//! Mail domains in which anybody gets an address (P/D-5).

/// One name a line, `#` begins a remark.
const LIST: &str = include_str!("public_mail_domains.txt");

/// Whether anybody can get an address there; the name in lower case and ASCII.
pub(super) fn is_public(name: &str) -> bool {
    LIST.lines().any(|line| line == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_holds_names_in_order_once() {
        let names: Vec<&str> = LIST.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "not in order");
        let clean =
            |name: &&str| name.contains('.') && *name == name.trim().to_ascii_lowercase() && !name.starts_with('.');
        assert!(names.len() > 100 && names.iter().all(clean));
        assert!(!is_public("# Public mail domains") && !is_public(""));
    }
}
