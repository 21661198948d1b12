//! Answers that a unit has read ahead, for whoever asks the same about many people: a plan judges a hundred thousand.
//!
//! A question is the text of a statement and its values. Whoever reads ahead asks for many at once and keeps each answer
//! under the question that will be asked; questions that nobody foresaw go to the database, and their answers are kept, too.
//! The first write of the unit ends it: what was read before may not be true any more.

use crate::row::Row;
use crate::sql::Sql;
use sea_orm::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};

/// A statement with its values, as text.
pub(crate) type Question = String;

/// Nothing, or answers by their questions.
#[derive(Debug, Default)]
pub(crate) struct Foreseen(Mutex<Option<BTreeMap<Question, Vec<Row>>>>);

impl Foreseen {
    /// From now on answers are kept.
    pub(crate) fn begin(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(BTreeMap::new());
    }

    /// From now on every question goes to the database.
    pub(crate) fn end(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }

    /// The question, if answers are kept.
    pub(crate) fn question(&self, sql: &Sql, values: &[Value]) -> Option<Question> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).is_some();
        kept.then(|| question(sql, values))
    }

    pub(crate) fn answer(&self, question: &Question) -> Option<Vec<Row>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).as_ref()?.get(question).cloned()
    }

    pub(crate) fn keep(&self, question: Question, rows: Vec<Row>) {
        if let Some(kept) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            kept.insert(question, rows);
        }
    }
}

/// Values in the form that programmers read: each type has its own, so that no two values look the same.
pub(crate) fn question(sql: &Sql, values: &[Value]) -> Question {
    let mut question = sql.text().to_owned();
    for value in values {
        // Writing into a text cannot fail.
        let _ = write!(question, "\n{value:?}");
    }
    question
}
