//! Objects by handle.

use std::collections::HashMap;

/// A handle as JavaScript holds it. 0 names nothing.
pub type Handle = u32;

/// Objects of one kind. Handles are not given twice, so a stale one finds nothing.
#[derive(Debug)]
pub struct Table<T> {
    kind: &'static str,
    last: Handle,
    objects: HashMap<Handle, T>,
}

impl<T> Table<T> {
    /// An empty table; `kind` is how messages call its objects.
    pub fn new(kind: &'static str) -> Table<T> {
        Table {
            kind,
            last: 0,
            objects: HashMap::new(),
        }
    }

    /// Keeps an object and gives it a handle; 0 when there are no more handles.
    pub fn add(&mut self, object: T) -> Handle {
        let Some(next) = self.last.checked_add(1) else {
            return 0;
        };
        self.last = next;
        self.objects.insert(next, object);
        next
    }

    /// The object of a handle.
    pub fn get(&self, handle: Handle) -> Result<&T, String> {
        let kind = self.kind;
        self.objects
            .get(&handle)
            .ok_or_else(|| format!("there is no {kind} with the handle {handle}"))
    }

    /// As [`Table::get`], to change it.
    pub fn get_mut(&mut self, handle: Handle) -> Result<&mut T, String> {
        let kind = self.kind;
        self.objects
            .get_mut(&handle)
            .ok_or_else(|| format!("there is no {kind} with the handle {handle}"))
    }

    /// Takes the object out.
    pub fn take(&mut self, handle: Handle) -> Result<T, String> {
        let kind = self.kind;
        self.objects
            .remove(&handle)
            .ok_or_else(|| format!("there is no {kind} with the handle {handle}"))
    }
}
