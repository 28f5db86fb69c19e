using System.Runtime.InteropServices;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Onnx.Memory;

namespace ServerlessMme.Onnx.Tests.Memory;

public sealed class MemoryReturnTests
{
    [Fact]
    public void Many_models_freed_together_are_trimmed_once()
    {
        var time = new FakeTimeProvider();
        var trims = 0;
        using var memory = new MemoryReturn(time, () => trims++);
        for (var i = 0; i < 100; i++)
        {
            memory.Ask();
        }

        Assert.Equal(0, trims);
        time.Advance(MemoryReturn.Delay);
        Assert.Equal(1, trims);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(1, trims);
    }

    [Fact]
    public void What_is_freed_during_a_trim_is_trimmed_after_it()
    {
        var time = new FakeTimeProvider();
        var trims = 0;
        MemoryReturn? memory = null;
        memory = new MemoryReturn(time, () =>
        {
            if (trims++ == 0)
            {
                memory?.Ask();
            }
        });
        memory.Ask();

        time.Advance(MemoryReturn.Delay);
        time.Advance(MemoryReturn.Delay);

        Assert.Equal(2, trims);
        memory.Dispose();
    }

    [Fact]
    public void Slow_trims_are_rare()
    {
        var time = new FakeTimeProvider();
        var trims = 0;
        using var memory = new MemoryReturn(time, () =>
        {
            trims++;
            time.Advance(TimeSpan.FromSeconds(1));
        });
        memory.Ask();
        time.Advance(MemoryReturn.Delay);
        memory.Ask();

        time.Advance(TimeSpan.FromSeconds(19));
        Assert.Equal(1, trims);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, trims);
    }

    [Fact]
    public unsafe void Allocated_bytes_are_those_of_the_heap()
    {
        if (NativeHeap.AllocatedBytes() is not { } before)
        {
            return;
        }

        var block = NativeMemory.Alloc(64 << 20);
        var after = NativeHeap.AllocatedBytes();
        NativeMemory.Free(block);

        Assert.InRange(after!.Value - before, 48 << 20, 80 << 20);
    }
}
