//! The program as it is run.

#[cfg(test)]
mod lies;
