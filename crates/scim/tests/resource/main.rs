//! Resources: from bodies to stored and searchable form, and what discovery says of them.

#[cfg(test)]
mod catalog;
#[cfg(test)]
mod create;
#[cfg(test)]
mod discovery;
#[cfg(test)]
mod json;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod replace;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod search_document;
#[cfg(test)]
mod support;
#[cfg(test)]
mod values;
