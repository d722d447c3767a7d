//! NVIDIA's own `cuda.h` judges the table of the driver's functions: each is declared there with the
//! arguments that ours has, its plain name means the symbol that we load, and the constants and the
//! one structure that we pass are what the header says.
//!
//! The header is looked for in `$CUDA_INCLUDE`, then where the toolkit is installed; the Python
//! package `nvidia-cuda-runtime` ships it. The compiler is `$CXX`, then `c++`, then `clang++`.
//! Without either the test is skipped by name.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use egpu_driver::cuda::functions::{value, PoolProperties};
use libtest_mimic::{Arguments, Failed, Trial};

/// The table, as it is written.
const TABLE: &str = include_str!("../src/cuda/functions.rs");

/// Functions of which headers have a later version than ours, under the plain name, with a reason.
/// The driver keeps the older symbol.
const LATER: [(&str, &str); 1] = [(
    "cuCtxCreate_v2",
    "CUDA 13's fourth version adds execution affinity and CIG, which we have no use for",
)];

/// Constants by the header's names.
#[rustfmt::skip]
fn constants() -> Vec<(&'static str, i64)> {
    use value::{device, function, jit, launch, status};
    vec![
        ("CU_CTX_SCHED_BLOCKING_SYNC", value::CTX_SCHED_BLOCKING_SYNC.into()),
        ("CU_CTX_MAP_HOST", value::CTX_MAP_HOST.into()),
        ("CU_STREAM_NON_BLOCKING", value::STREAM_NON_BLOCKING.into()),
        ("CU_EVENT_DISABLE_TIMING", value::EVENT_DISABLE_TIMING.into()),
        ("CU_MEMHOSTREGISTER_PORTABLE", value::HOST_REGISTER_PORTABLE.into()),
        ("CU_MEMHOSTREGISTER_DEVICEMAP", value::HOST_REGISTER_DEVICEMAP.into()),
        ("CU_MEMPOOL_ATTR_RELEASE_THRESHOLD", value::POOL_ATTRIBUTE_RELEASE_THRESHOLD.into()),
        ("CU_JIT_INPUT_PTX", value::JIT_INPUT_PTX.into()),
        ("CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_BLOCK", device::MAX_THREADS_PER_BLOCK.into()),
        ("CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_X", device::MAX_BLOCK_DIM[0].into()),
        ("CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Y", device::MAX_BLOCK_DIM[1].into()),
        ("CU_DEVICE_ATTRIBUTE_MAX_BLOCK_DIM_Z", device::MAX_BLOCK_DIM[2].into()),
        ("CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT", device::MULTIPROCESSORS.into()),
        ("CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR", device::CAPABILITY_MAJOR.into()),
        ("CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR", device::CAPABILITY_MINOR.into()),
        ("CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN", device::MAX_SHARED_OPTIN.into()),
        ("CU_DEVICE_ATTRIBUTE_MEMORY_POOLS_SUPPORTED", device::MEMORY_POOLS.into()),
        ("CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK", function::MAX_THREADS_PER_BLOCK.into()),
        ("CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES", function::LOCAL_SIZE.into()),
        ("CU_FUNC_ATTRIBUTE_NUM_REGS", function::REGISTERS.into()),
        ("CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES", function::MAX_DYNAMIC_SHARED.into()),
        ("CU_JIT_INFO_LOG_BUFFER", jit::INFO_LOG_BUFFER.into()),
        ("CU_JIT_INFO_LOG_BUFFER_SIZE_BYTES", jit::INFO_LOG_BYTES.into()),
        ("CU_JIT_ERROR_LOG_BUFFER", jit::ERROR_LOG_BUFFER.into()),
        ("CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES", jit::ERROR_LOG_BYTES.into()),
        ("CU_LAUNCH_PARAM_END", launch::PARAM_END as i64),
        ("CU_LAUNCH_PARAM_BUFFER_POINTER", launch::PARAM_BUFFER_POINTER as i64),
        ("CU_LAUNCH_PARAM_BUFFER_SIZE", launch::PARAM_BUFFER_SIZE as i64),
        ("CUDA_SUCCESS", status::SUCCESS.into()),
        ("CUDA_ERROR_INVALID_VALUE", status::INVALID_VALUE.into()),
        ("CUDA_ERROR_OUT_OF_MEMORY", status::OUT_OF_MEMORY.into()),
        ("CUDA_ERROR_NO_DEVICE", status::NO_DEVICE.into()),
        ("CUDA_ERROR_INVALID_IMAGE", status::INVALID_IMAGE.into()),
        ("CUDA_ERROR_INVALID_CONTEXT", status::INVALID_CONTEXT.into()),
        ("CUDA_ERROR_INVALID_PTX", status::INVALID_PTX.into()),
        ("CUDA_ERROR_UNSUPPORTED_PTX_VERSION", status::UNSUPPORTED_PTX_VERSION.into()),
        ("CUDA_ERROR_INVALID_HANDLE", status::INVALID_HANDLE.into()),
        ("CUDA_ERROR_NOT_FOUND", status::NOT_FOUND.into()),
        ("CUDA_ERROR_NOT_READY", status::NOT_READY.into()),
        ("CUDA_ERROR_ILLEGAL_ADDRESS", status::ILLEGAL_ADDRESS.into()),
        ("CUDA_ERROR_LAUNCH_TIMEOUT", status::LAUNCH_TIMEOUT.into()),
        ("CUDA_ERROR_MISALIGNED_ADDRESS", status::MISALIGNED_ADDRESS.into()),
        ("CUDA_ERROR_LAUNCH_FAILED", status::LAUNCH_FAILED.into()),
        // Written as numbers where they are used.
        ("CU_MEM_ALLOCATION_TYPE_PINNED", 1),
        ("CU_MEM_HANDLE_TYPE_NONE", 0),
        ("CU_MEM_LOCATION_TYPE_DEVICE", 1),
        // `classify` of shim/driver/src/cuda/status.rs.
        ("CUDA_ERROR_NO_BINARY_FOR_GPU", 209),
        ("CUDA_ERROR_JIT_COMPILER_NOT_FOUND", 221),
        ("CUDA_ERROR_JIT_COMPILATION_DISABLED", 223),
        ("CUDA_ERROR_INVALID_SOURCE", 300),
        ("CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", 701),
        ("CUDA_ERROR_ASSERT", 710),
        ("CUDA_ERROR_HARDWARE_STACK_ERROR", 714),
        ("CUDA_ERROR_ILLEGAL_INSTRUCTION", 715),
        ("CUDA_ERROR_INVALID_ADDRESS_SPACE", 717),
        ("CUDA_ERROR_INVALID_PC", 718),
        ("CUDA_ERROR_DEVICE_UNAVAILABLE", 46),
        ("CUDA_ERROR_INVALID_DEVICE", 101),
        ("CUDA_ERROR_ECC_UNCORRECTABLE", 214),
        ("CUDA_ERROR_NVLINK_UNCORRECTABLE", 220),
        ("CUDA_ERROR_CONTEXT_IS_DESTROYED", 709),
        ("CUDA_ERROR_SYSTEM_NOT_READY", 802),
        ("CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", 803),
        ("CUDA_ERROR_UNKNOWN", 999),
    ]
}

/// Fields of `CUmemPoolProps` by the header's names: offset and bytes of ours.
fn fields() -> Vec<(&'static str, usize, usize)> {
    macro_rules! field {
        ($theirs:literal, $ours:ident: $type:ty) => {
            (
                $theirs,
                std::mem::offset_of!(PoolProperties, $ours),
                size_of::<$type>(),
            )
        };
    }
    vec![
        field!("allocType", allocation_type: u32),
        field!("handleTypes", handle_types: u32),
        field!("location.type", location_type: u32),
        field!("location.id", location_id: i32),
        field!("win32SecurityAttributes", security: *mut u8),
    ]
}

fn main() {
    let arguments = Arguments::from_args();
    let found = header().zip(compiler());
    let missing = found.is_none();
    let test = move || match &found {
        Some((include, compiler)) => judge(include, compiler),
        None => Err("nothing to judge by".into()),
    };
    let trials = vec![
        Trial::test("the table is as cuda.h declares it", test).with_ignored_flag(missing),
        Trial::test("descriptions of Rust types", descriptions),
    ];
    if missing {
        println!("skipped: no cuda.h ($CUDA_INCLUDE, or an installed toolkit), or no C++ compiler");
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// The folder with the header.
fn header() -> Option<PathBuf> {
    let asked = std::env::var_os("CUDA_INCLUDE").map(PathBuf::from);
    let usual = ["/usr/local/cuda/include", "/usr/include"].map(PathBuf::from);
    asked
        .into_iter()
        .chain(usual)
        .find(|folder| folder.join("cuda.h").is_file())
}

fn compiler() -> Option<PathBuf> {
    let asked = std::env::var_os("CXX").map(PathBuf::from);
    let usual = ["c++", "clang++"].map(PathBuf::from);
    asked.into_iter().chain(usual).find(|path| {
        let output = Command::new(path).arg("--version").output();
        output.is_ok_and(|output| output.status.success())
    })
}

/// The declarations in our table: name and types.
fn table() -> BTreeMap<String, Vec<String>> {
    let begin = TABLE.find("\nfunctions! {").expect("the table");
    let body = &TABLE[begin..];
    let body = &body[..body.find("\n}\n").expect("its end")];
    body.split(';')
        .filter_map(|line| {
            let start = line
                .rfind(|c: char| "{}".contains(c))
                .map_or(0, |at| at + 1);
            let (name, rest) = line[start..].trim().split_once('(')?;
            let types = rest.trim_end().strip_suffix(')')?;
            let types = types.split(',').map(|ty| ty.trim().to_owned());
            Some((name.to_owned(), types.filter(|ty| !ty.is_empty()).collect()))
        })
        .collect()
}

/// What a Rust type is to a caller: `i4`, `u8`, a handle, or a pointer to one of those.
fn describe(ty: &str) -> Result<String, String> {
    if let Some(to) = ty.strip_prefix("*mut ").or(ty.strip_prefix("*const ")) {
        return Ok(format!("p({})", describe(to)?));
    }
    Ok(match ty {
        "c_void" => "v",
        "c_char" => "i1",
        "c_int" | "DeviceId" => "i4",
        "c_uint" | "Status" => "u4",
        "u64" | "usize" => "u8",
        "Context" | "Stream" | "Event" | "Module" | "Function" | "Pool" | "Linker" => "h",
        "PoolProperties" => return Ok(format!("s{}", size_of::<PoolProperties>())),
        other => return Err(format!("`{other}` has no description")),
    }
    .into())
}

fn descriptions() -> Result<(), Failed> {
    let table = table();
    if table.len() < 40 {
        return Err(format!("only {} functions were found", table.len()).into());
    }
    for (name, types) in &table {
        for ty in types {
            describe(ty).map_err(|error| format!("{name}: {error}"))?;
        }
    }
    let expected = ["p(u8)", "u8", "h", "h"];
    let got: Vec<_> = table["cuMemAllocFromPoolAsync"]
        .iter()
        .map(|ty| describe(ty).unwrap_or_default())
        .collect();
    match got == expected {
        true => Ok(()),
        false => Err(format!("{got:?} instead of {expected:?}").into()),
    }
}

/// Describes the header's types as `describe` does ours. An enumeration is `e4`.
const DESCRIBE: &str = r#"
// Old names too.
#define __CUDA_API_VERSION_INTERNAL
#include "cuda.h"
#undef __CUDA_API_VERSION_INTERNAL
#include <cstddef>
#include <cstdio>
#include <string>
#include <type_traits>
template <class T, class = void> struct Whole : std::false_type {};
template <class T> struct Whole<T, std::void_t<decltype(sizeof(T))>> : std::true_type {};
template <class T> std::string describe() {
    using U = std::remove_cv_t<T>;
    if constexpr (std::is_pointer_v<U>) {
        using V = std::remove_cv_t<std::remove_pointer_t<U>>;
        if constexpr (std::is_void_v<V>) return "p(v)";
        else if constexpr (std::is_class_v<V> && !Whole<V>::value) return "h";
        else return "p(" + describe<V>() + ")";
    } else if constexpr (std::is_enum_v<U>) return "e" + std::to_string(sizeof(U));
    else if constexpr (std::is_class_v<U>) return "s" + std::to_string(sizeof(U));
    else return (std::is_signed_v<U> ? "i" : "u") + std::to_string(sizeof(U));
}
template <class R, class... A> void function(const char *name, R (*)(A...)) {
    printf("function %s %s", name, describe<R>().c_str());
    (printf(" %s", describe<A>().c_str()), ...);
    printf("\n");
}
"#;

/// Whether ours can stand for the header's: enumerations are passed as integers of their size.
fn stands_for(ours: &str, theirs: &str) -> bool {
    ours == theirs
        || (theirs.contains("e4") && {
            ["i4", "u4"]
                .iter()
                .any(|integer| theirs.replace("e4", integer) == ours)
        })
}

/// A C program's output, in lines.
fn run(folder: &Path, include: &Path, compiler: &Path, text: &str) -> Result<Vec<String>, Failed> {
    let (source, program) = (folder.join("header.cpp"), folder.join("header"));
    std::fs::write(&source, text)?;
    let output = Command::new(compiler)
        .args(["-std=c++17", "-w", "-I"])
        .arg(include)
        .arg(&source)
        .arg("-o")
        .arg(&program)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let output = Command::new(&program).output()?;
    Ok(String::from_utf8(output.stdout)?
        .lines()
        .map(str::to_owned)
        .collect())
}

/// The symbols that the header's plain names mean, since `decltype` of a function needs no library.
fn symbols(
    folder: &Path,
    include: &Path,
    compiler: &Path,
    names: impl Iterator<Item = String>,
) -> Result<BTreeMap<String, String>, Failed> {
    let mut text = "#include \"cuda.h\"\n".to_owned();
    for name in names {
        // A pragma's words are not replaced, the second name's are.
        writeln!(text, "\"symbol of\" \"{name}\" {name}")?;
    }
    let source = folder.join("symbols.cpp");
    std::fs::write(&source, text)?;
    let output = Command::new(compiler)
        .args(["-E", "-P", "-I"])
        .arg(include)
        .arg(&source)
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("\"symbol of\" \""));
    Ok(lines
        .filter_map(|line| line.split_once("\" "))
        .map(|(name, symbol)| (name.to_owned(), symbol.trim().to_owned()))
        .collect())
}

fn plain(name: &str) -> &str {
    match name.rsplit_once("_v") {
        Some((plain, version)) if version.parse::<u32>().is_ok() => plain,
        _ => name,
    }
}

fn judge(include: &Path, compiler: &Path) -> Result<(), Failed> {
    let folder = tempfile::tempdir()?;
    let table = table();
    let mut wrong = Vec::new();

    let names = table.keys().map(|name| plain(name).to_owned());
    let symbols = symbols(folder.path(), include, compiler, names)?;
    for name in table.keys() {
        let later = LATER.iter().any(|(ours, _)| ours == name);
        match symbols.get(plain(name)) {
            Some(symbol) if symbol == name => {}
            Some(symbol) if later && symbol > name => {}
            symbol => wrong.push(format!("{name}: the header's name means {symbol:?}")),
        }
    }

    let mut text = DESCRIBE.to_owned();
    text += "int main() {\n";
    for name in table.keys() {
        writeln!(text, "function(\"{name}\", decltype(&{name})(nullptr));")?;
    }
    for (name, _) in constants() {
        writeln!(
            text,
            "printf(\"constant {name} %lld\\n\", (long long){name});"
        )?;
    }
    writeln!(text, "printf(\"size %zu\\n\", sizeof(CUmemPoolProps));")?;
    for (name, ..) in fields() {
        writeln!(
            text,
            "printf(\"field {name} %zu %zu\\n\", offsetof(CUmemPoolProps, {name}), \
             sizeof(((CUmemPoolProps *)0)->{name}));"
        )?;
    }
    text += "}\n";
    let mut said = run(folder.path(), include, compiler, &text)?;

    let mut expect = |line: String| match said.iter().position(|said| *said == line) {
        Some(at) => drop(said.remove(at)),
        None => wrong.push(line),
    };
    expect(format!("size {}", size_of::<PoolProperties>()));
    for (name, value) in constants() {
        expect(format!("constant {name} {value}"));
    }
    for (name, offset, size) in fields() {
        expect(format!("field {name} {offset} {size}"));
    }
    for (name, types) in &table {
        let prefix = format!("function {name} ");
        let at = said.iter().position(|line| line.starts_with(&prefix));
        let line = at.map(|at| said.remove(at)).unwrap_or_default();
        let theirs: Vec<&str> = line.split_whitespace().skip(2).collect();
        let mut ours = vec!["u4".to_owned()];
        for ty in types {
            ours.push(describe(ty)?);
        }
        let same = ours.len() == theirs.len()
            && ours
                .iter()
                .zip(&theirs)
                .all(|(ours, theirs)| stands_for(ours, theirs));
        if !same {
            wrong.push(format!("{name}: ours is {ours:?}, the header's {theirs:?}"));
        }
    }
    match wrong.is_empty() {
        true => Ok(()),
        false => Err(format!(
            "{}\nthe header says:\n{}",
            wrong.join("\n"),
            said.join("\n")
        )
        .into()),
    }
}
