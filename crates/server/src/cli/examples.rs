//! Every command teaches by examples: those of its own help, or the lines of its group that name it.

use clap::Command;

/// A command line that is shown in a help text, with the sentence before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Example {
    sentence: Option<String>,
    /// The lines as they stand there; all but the last end with `\`.
    lines: Vec<String>,
}

impl Example {
    /// The command line as a shell would join it.
    pub(super) fn line(&self) -> String {
        let pieces = self.lines.iter().map(|line| line.trim_end_matches('\\').trim());
        pieces.collect::<Vec<&str>>().join(" ")
    }

    fn is_of(&self, path: &str) -> bool {
        let line = self.line();
        line.split_once(path).is_some_and(|(_, rest)| rest.is_empty() || rest.starts_with(' '))
    }

    /// As a line of a shell, the sentence as a comment, once for all that it is about.
    #[cfg(test)]
    pub(super) fn for_page(&self, before: Option<&Self>) -> String {
        let command = self.lines.join("\n  ");
        let sentence = self.sentence.as_ref().filter(|_| before.is_none_or(|before| before.sentence != self.sentence));
        let sentence = sentence.map(|sentence| format!("# {sentence}\n")).unwrap_or_default();
        format!("{sentence}{command}")
    }

    fn told(&self) -> String {
        match &self.sentence {
            Some(sentence) => format!("  {sentence}\n    {}", self.lines.join("\n      ")),
            None => format!("  {}", self.lines.join("\n    ")),
        }
    }
}

/// The examples of a help text.
pub(super) fn examples(help: &str) -> Vec<Example> {
    let (mut found, mut sentence) = (Vec::new(), None);
    let mut lines = help.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let is_command = line.starts_with("rollcall ") || line.starts_with("ROLLCALL_");
        if is_command {
            let mut example = vec![line.to_owned()];
            while example.last().is_some_and(|last| last.ends_with('\\')) {
                let Some(next) = lines.next() else { break };
                example.push(next.to_owned());
            }
            found.push(Example { sentence: sentence.clone(), lines: example });
        } else if line.ends_with(':') && line != "Examples:" {
            sentence = Some(line.to_owned());
        } else {
            sentence = None;
        }
    }
    found
}

/// The command with examples in the help of every one of its subcommands.
pub(super) fn taught(command: Command) -> Command {
    let name = command.get_name().to_owned();
    teach(command, &name, &[])
}

fn teach(mut command: Command, path: &str, of_group: &[Example]) -> Command {
    let own = command.get_after_long_help().map(|help| examples(&help.to_string())).unwrap_or_default();
    if own.is_empty() {
        let theirs: Vec<String> = of_group.iter().filter(|example| example.is_of(path)).map(Example::told).collect();
        if !theirs.is_empty() {
            command = command.after_long_help(format!("Examples:\n{}", theirs.join("\n")));
        }
    }
    let known = if own.is_empty() { of_group } else { &own };
    let names: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    for name in names {
        let path = format!("{path} {name}");
        command = command.mut_subcommand(name, |below| teach(below, &path, known));
    }
    command
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::Cli;

    /// Every command of the tree with its path, those that only hold others included.
    fn all(command: &Command, path: &str, found: &mut Vec<(String, Command)>) {
        found.push((path.to_owned(), command.clone()));
        for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
            all(below, &format!("{path} {}", below.get_name()), found);
        }
    }

    fn tree() -> Vec<(String, Command)> {
        let mut found = Vec::new();
        all(&taught(Cli::command()), "rollcall", &mut found);
        found
    }

    #[test]
    fn every_command_says_what_it_does_and_shows_an_example_of_itself() {
        let mut wrong = Vec::new();
        for (path, command) in tree() {
            if command.get_about().is_none() {
                wrong.push(format!("{path} says nothing of itself"));
            }
            let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
            if !examples(&help).iter().any(|example| example.is_of(&path)) {
                wrong.push(format!("{path} shows no example of itself"));
            }
            for argument in command.get_arguments().filter(|argument| argument.get_help().is_none()) {
                wrong.push(format!("{path}: nothing says what {} is", argument.get_id()));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn every_example_is_a_command_line_of_this_version() {
        let mut count = 0;
        for (path, command) in tree() {
            let help = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
            for example in examples(&help) {
                let line = example.line();
                let parsed = Cli::command().try_get_matches_from(words(&line));
                assert!(parsed.is_ok(), "{path} shows `{line}`: {}", parsed.unwrap_err());
                count += 1;
            }
        }
        assert!(count > 60, "{count} examples only");
    }

    /// As a shell splits it: quotes, variables in front, and what follows the command.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
        for c in line.chars() {
            match (c, quote) {
                ('\'' | '"', None) => quote = Some(c),
                (c, Some(open)) if c == open => quote = None,
                (' ', None) => words.push(std::mem::take(&mut word)),
                (c, _) => word.push(c),
            }
        }
        words.push(word);
        let end = words.iter().position(|word| matches!(word.as_str(), ">" | "|" | "&&" | "<")).unwrap_or(words.len());
        words.truncate(end);
        words.into_iter().skip_while(|word| word.contains('=')).filter(|word| !word.is_empty()).collect()
    }

    #[test]
    fn examples_are_found_with_their_sentences() {
        let found =
            examples("Examples:\n  rollcall a\n\n  For a test:\n    rollcall b --c \\\n      --d\n\nMore: text.");
        let lines: Vec<String> = found.iter().map(Example::line).collect();
        assert_eq!(lines, ["rollcall a", "rollcall b --c --d"]);
        assert_eq!(
            (found[0].told().as_str(), found[1].told().as_str()),
            ("  rollcall a", "  For a test:\n    rollcall b --c \\\n      --d")
        );
        assert!(found[0].is_of("rollcall a") && !found[0].is_of("rollcall b"));
    }
}
