//! What is stored reads back as stored, on both databases; and what people's queries answer.

#[cfg(test)]
mod records {
    mod access;
    mod administered;
    mod log;
    mod people;
}
