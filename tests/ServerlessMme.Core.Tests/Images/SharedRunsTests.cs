using ServerlessMme.Core.Images;

namespace ServerlessMme.Core.Tests.Images;

public sealed class SharedRunsTests
{
    [Fact]
    public async Task One_run_serves_everyone_until_the_end()
    {
        var shared = new SharedRuns(roomBytes: 100);
        var result = new Result();
        var runs = 0;

        var first = await shared.GetAsync("key", Run, _ => 100);
        var second = await shared.GetAsync("key", Run, _ => 100);

        Assert.Equal((result, result, 1), (first, second, runs));
        Assert.Equal(0, result.Disposals);
        await shared.DisposeAsync();
        Assert.Equal(1, result.Disposals);

        Result Run()
        {
            runs++;
            return result;
        }
    }

    [Fact]
    public async Task A_result_without_room_is_not_kept_and_leaves_room_for_others()
    {
        await using var shared = new SharedRuns(roomBytes: 100);
        var large = new Result();
        var small = new Result();

        Assert.Null(await shared.GetAsync("large", () => large, _ => 101));
        Assert.Null(await shared.GetAsync("large", () => large, _ => 101));
        Assert.Same(small, await shared.GetAsync("small", () => small, _ => 100));

        Assert.Equal((1, 0), (large.Disposals, small.Disposals));
    }

    [Fact]
    public async Task A_failure_is_everyones()
    {
        await using var shared = new SharedRuns(roomBytes: 100);
        var runs = 0;

        await Assert.ThrowsAsync<IOException>(async () => await shared.GetAsync("key", Run, _ => 0));
        await Assert.ThrowsAsync<IOException>(async () => await shared.GetAsync("key", Run, _ => 0));

        Assert.Equal(1, runs);

        Result Run()
        {
            runs++;
            throw new IOException("The run failed.");
        }
    }

    private sealed class Result : IDisposable
    {
        public int Disposals { get; private set; }

        public void Dispose() => Disposals++;
    }
}
