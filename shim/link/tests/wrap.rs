//! The wrappers around a link that keeps a few words.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use egpu_link::{
    Bar, Cable, Counters, DmaMemory, Fault, FaultInjector, Link, LinkError, Recorder, Replayer,
    Segment, SharedRange, SlowLink,
};

/// Registers are storage; host memory is a boxed slice.
#[derive(Default)]
struct Words(Mutex<std::collections::BTreeMap<u64, u8>>);

struct Boxed(Mutex<Vec<u128>>, [Segment; 1]);

impl DmaMemory for Boxed {
    fn size(&self) -> u64 {
        self.1[0].length
    }
    fn segments(&self) -> &[Segment] {
        &self.1
    }
    fn mapping(&self) -> Option<*mut u8> {
        Some(self.0.lock().unwrap().as_mut_ptr().cast())
    }
    fn read(&self, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        // SAFETY: the vector is never resized and lives as long as `self`.
        unsafe { SharedRange::new(self.mapping().unwrap(), self.size()) }.read(offset, data)
    }
    fn write(&self, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        // SAFETY: as above.
        unsafe { SharedRange::new(self.mapping().unwrap(), self.size()) }.write(offset, data)
    }
}

impl Link for Words {
    fn describe(&self) -> String {
        "words".into()
    }
    fn config_read(&self, offset: u32, _: u32) -> Result<u32, LinkError> {
        Ok(offset + 1)
    }
    fn config_write(&self, _: u32, _: u32, _: u32) -> Result<(), LinkError> {
        Ok(())
    }
    fn map_bar(&self, _: u32) -> Result<Bar, LinkError> {
        Ok(Bar {
            address: 0,
            size: 64,
        })
    }
    fn resize_bar(&self, _: u32) -> Result<(), LinkError> {
        Err(LinkError::Refused {
            operation: "resizing a BAR",
            message: "no".into(),
        })
    }
    fn reset(&self) -> Result<(), LinkError> {
        Ok(())
    }
    fn read(&self, _: u32, offset: u64, data: &mut [u8]) -> Result<(), LinkError> {
        let words = self.0.lock().unwrap();
        for (i, byte) in data.iter_mut().enumerate() {
            *byte = words.get(&(offset + i as u64)).copied().unwrap_or(0);
        }
        Ok(())
    }
    fn write(&self, _: u32, offset: u64, data: &[u8]) -> Result<(), LinkError> {
        let mut words = self.0.lock().unwrap();
        words.extend((offset..).zip(data.iter().copied()));
        Ok(())
    }
    fn alloc_dma(&self, size: u64) -> Result<Arc<dyn DmaMemory>, LinkError> {
        let memory = vec![0u128; size.div_ceil(16) as usize];
        let segment = Segment {
            address: 0x1000,
            length: size,
        };
        Ok(Arc::new(Boxed(Mutex::new(memory), [segment])))
    }
}

#[test]
fn counters_count_messages_not_shared_memory() {
    let link = Counters::new(Arc::new(Words::default()));
    link.write32(5, 0, 1).unwrap();
    link.read32(5, 0).unwrap();
    let memory = link.alloc_dma(64).unwrap();
    let before = link.counts();
    assert_eq!((before.posted, before.round_trips), (1, 2));
    memory.write(0, &[1; 8]).unwrap();
    memory.read(0, &mut [0; 8]).unwrap();
    link.write(2, 0x18, &[0; 8]).unwrap();
    let since = link.counts().since(&before);
    assert_eq!(
        (since.posted, since.round_trips, since.bytes_out),
        (1, 0, 8)
    );
}

#[test]
fn faults_come_when_told_and_go_again() {
    let link = FaultInjector::new(Arc::new(Words::default()));
    link.write32(5, 0, 5).unwrap();
    link.inject(Fault::Lost, 1);
    assert_eq!(link.read32(5, 0), Ok(5));
    assert!(matches!(link.read32(5, 0), Err(LinkError::Lost { .. })));
    assert!(link.write32(5, 0, 6).is_err());
    assert!(link.check_open().is_err());
    link.inject(Fault::AllOnes, 0);
    assert_eq!(link.read32(5, 0), Ok(u32::MAX));
    assert_eq!(link.config_read(0, 2), Ok(0xffff));
    link.inject(Fault::NoHostMemory, 0);
    assert!(matches!(
        link.alloc_dma(16).err(),
        Some(LinkError::OutOfMemory { .. })
    ));
    link.clear();
    assert_eq!(link.read32(5, 0), Ok(5));
}

#[test]
fn a_cable_takes_its_time() {
    let cable = Cable {
        round_trip: Duration::from_millis(2),
        post: Duration::ZERO,
        bytes_per_second: 1e6,
    };
    let link = SlowLink::new(Arc::new(Words::default()), cable);
    let start = Instant::now();
    link.read32(5, 0).unwrap();
    assert!(start.elapsed() >= Duration::from_millis(2));
    let start = Instant::now();
    link.write(0, 0, &[0; 3000]).unwrap();
    assert!(start.elapsed() >= Duration::from_millis(3));
}

#[derive(Clone, Default)]
struct Text(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Text {
    fn write(&mut self, data: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(data);
        Ok(data.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a driver might do.
fn session(link: &dyn Link, polls: usize) -> Result<u32, LinkError> {
    assert!(link.resize_bar(0).is_err());
    assert_eq!(link.map_bar(5)?.size, 64);
    link.write32(5, 8, 0x1234)?;
    let mut value = 0;
    for _ in 0..polls {
        value = link.read32(5, 8)?;
    }
    let memory = link.alloc_dma(0x40)?;
    assert_eq!(memory.mapping(), None);
    memory.write(0, &[9, 8])?;
    let mut bytes = [0; 2];
    memory.read(0, &mut bytes)?;
    assert_eq!(bytes, [9, 8]);
    link.reset()?;
    Ok(value + link.config_read(3, 1)?)
}

#[test]
fn a_recording_replays() {
    let text = Text::default();
    let recorder = Recorder::new(Arc::new(Words::default()), text.clone());
    assert_eq!(session(&recorder, 2), Ok(0x1238));
    let text = String::from_utf8(text.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("write 5 0x8 34120000\n"), "{text}");
    for polls in [1, 2, 4] {
        let replayer = Replayer::new(&text).unwrap();
        assert_eq!(session(&replayer, polls), Ok(0x1238), "{polls} polls");
        assert_eq!(replayer.remaining(), 0);
    }
    let other = text.replace("write 5 0x8 34120000", "write 5 0xc 34120000");
    let error = session(&Replayer::new(&other).unwrap(), 2).unwrap_err();
    assert!(error.to_string().contains("0xc"), "{error}");
    assert!(Replayer::new("nonsense 1").is_err());
    assert!(session(&Replayer::new("").unwrap(), 1).is_err());
}
