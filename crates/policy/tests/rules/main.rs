//! The rules of provisioning, row by row: each test names the rule ids it shows.

#[cfg(test)]
mod account_sign_in;
#[cfg(test)]
mod attacks;
#[cfg(test)]
mod brake;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod flows;
#[cfg(test)]
mod group_mapping;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod push_lifecycle;
#[cfg(test)]
mod push_linking;
#[cfg(test)]
mod push_placement;
#[cfg(test)]
mod sign_in_mapping;
#[cfg(test)]
mod sign_in_people;
#[cfg(test)]
mod sign_in_sessions;
