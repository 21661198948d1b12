//! Which elements of a list say what a given one says, without comparing each with each (G-20, A-79).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::schema::Attribute;
use crate::search_document::element;

/// The elements of a list in search form, and where each pair of name and text stands.
pub(super) struct Index<'a> {
    attribute: &'a Attribute,
    forms: Vec<Map<String, Value>>,
    places: BTreeMap<(String, String), Vec<usize>>,
}

impl<'a> Index<'a> {
    pub(super) fn new(attribute: &'a Attribute, list: &[Value]) -> Self {
        let mut index = Self { attribute, forms: Vec::with_capacity(list.len()), places: BTreeMap::new() };
        for (place, element) in list.iter().enumerate() {
            index.note(place, element);
        }
        index
    }

    /// Takes note of what the element at `place` says from now on, beside what it said; a new place is the next one.
    pub(super) fn note(&mut self, place: usize, said: &Value) {
        let said = element(self.attribute, said);
        for (name, text) in pairs(&said) {
            self.places.entry((name.to_owned(), text.to_owned())).or_default().push(place);
        }
        match self.forms.get_mut(place) {
            Some(form) => form.extend(said),
            None => self.forms.push(said),
        }
    }

    /// The elements that say all that the given one says, compared as filters compare (G-20).
    ///
    /// None if it says nothing that could be compared.
    pub(super) fn saying(&self, given: &Value) -> impl Iterator<Item = usize> {
        let given = element(self.attribute, given);
        // An element that does not say so is not primary either; one that says nothing else is found by that.
        let only_implied = given.len() == 1;
        let implied = |(name, text): &(&str, &str)| *name == "primary" && *text == "false" && !only_implied;
        let wanted: Vec<_> = pairs(&given).filter(|pair| !implied(pair)).collect();
        let rarest = wanted.iter().map(|(name, text)| self.at(name, text)).min_by_key(|places| places.len());
        let not_primary = given.get("primary").is_some_and(|primary| primary == "false");
        let says = |place: &usize| {
            self.forms.get(*place).is_some_and(|form| {
                let contradicts = not_primary && form.get("primary").is_some_and(|primary| primary == "true");
                !contradicts && wanted.iter().all(|(name, text)| form.get(*name).is_some_and(|it| it == text))
            })
        };
        rarest.unwrap_or_default().iter().copied().filter(says).collect::<Vec<_>>().into_iter()
    }

    /// The element that is the same as the given one: the same value of the same type.
    pub(super) fn same(&self, given: &Value) -> Option<usize> {
        let given = element(self.attribute, given);
        let value = given.get("value")?;
        let is_same = |place: &usize| {
            self.forms
                .get(*place)
                .is_some_and(|form| form.get("value") == Some(value) && form.get("type") == given.get("type"))
        };
        self.at("value", value.as_str()?).iter().copied().find(is_same)
    }

    fn at(&self, name: &str, text: &str) -> &[usize] {
        self.places.get(&(name.to_owned(), text.to_owned())).map_or(&[], Vec::as_slice)
    }
}

fn pairs(form: &Map<String, Value>) -> impl Iterator<Item = (&str, &str)> {
    form.iter().filter_map(|(name, text)| text.as_str().map(|text| (name.as_str(), text)))
}
