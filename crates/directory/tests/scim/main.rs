//! The SCIM side of the directory on both databases, through its public face.

#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod filter_table;
#[cfg(test)]
mod filters;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod members;
#[cfg(test)]
mod population;
#[cfg(test)]
mod traces;
#[cfg(test)]
mod users;
#[cfg(test)]
mod words;
