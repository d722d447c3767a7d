//! What a SPIR-V module must be like before naga's front end may see it.

use crate::Error;

/// Checks a module.
pub(crate) fn check(bytes: &[u8]) -> Result<(), Error> {
    if bytes.len() % 4 != 0 {
        return Err(Error::Spirv(format!(
            "{} bytes are not a whole number of words",
            bytes.len()
        )));
    }
    Ok(())
}
