using ServerlessMme.Core.Models;
using ServerlessMme.Core.Tests.Models.Cache.Support;

namespace ServerlessMme.Core.Tests.Models.Cache;

public sealed class MemoryReturnTests
{
    private const int Limit = 15_000;

    [Fact(Timeout = Limit)]
    public async Task Memory_is_given_back_after_unloads_and_never_twice_at_a_time()
    {
        var returner = new CountingReturner();
        using var test = new CacheUnderTest(memory: returner);
        await test.WarmAsync("a", units: 8);
        Assert.Equal(0, returner.Calls);

        for (var i = 0; i < 20; i++)
            await test.WarmAsync($"m{i}", units: 8);

        await CacheUnderTest.UntilAsync(() => returner is { Calls: > 0, Running: 0 });
        Assert.Equal(1, returner.MostRunning);
    }

    private sealed class CountingReturner : IMemoryReturner
    {
        private int _calls;
        private int _running;

        public int Calls => Volatile.Read(ref _calls);

        public int Running => Volatile.Read(ref _running);

        public int MostRunning { get; private set; }

        public void ReturnMemory()
        {
            MostRunning = Math.Max(MostRunning, Interlocked.Increment(ref _running));
            Interlocked.Increment(ref _calls);
            Interlocked.Decrement(ref _running);
        }
    }
}
