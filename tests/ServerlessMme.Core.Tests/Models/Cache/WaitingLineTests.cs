using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Core.Tests.Models.Cache;

public sealed class WaitingLineTests
{
    private const int Limit = 15_000;

    [Fact(Timeout = Limit)]
    public async Task Those_who_wait_come_in_in_their_order()
    {
        var line = new WaitingLine(1);
        var place = await line.EnterAsync(CancellationToken.None);
        var waiting = Enumerable.Range(0, 5).Select(_ => line.EnterAsync(CancellationToken.None)).ToArray();

        for (var i = 0; i < waiting.Length; i++)
        {
            Assert.Equal(waiting.Length - i, line.Length);
            Assert.DoesNotContain(waiting[i..], task => task.IsCompleted);
            place.Dispose();
            place = await waiting[i];
        }

        place.Dispose();
        Assert.True(line.EnterAsync(CancellationToken.None).IsCompletedSuccessfully);
    }

    [Fact(Timeout = Limit)]
    public async Task Who_gives_up_leaves_the_line()
    {
        var line = new WaitingLine(1);
        var place = await line.EnterAsync(CancellationToken.None);
        using var cancelled = new CancellationTokenSource();
        var givesUp = line.EnterAsync(cancelled.Token);
        var stays = line.EnterAsync(CancellationToken.None);

        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => givesUp);
        place.Dispose();

        (await stays).Dispose();
        Assert.Equal(0, line.Length);
    }

    [Fact(Timeout = Limit)]
    public async Task Place_is_never_lost_when_it_comes_at_the_moment_of_a_cancellation()
    {
        var line = new WaitingLine(1);
        for (var i = 0; i < 2_000; i++)
        {
            var place = await line.EnterAsync(CancellationToken.None);
            using var cancelled = new CancellationTokenSource();
            var waits = line.EnterAsync(cancelled.Token);
            await Task.WhenAll(Task.Run(cancelled.Cancel), Task.Run(place.Dispose));
            try
            {
                (await waits).Dispose();
            }
            catch (OperationCanceledException)
            {
                // It was the cancellation that came first.
            }
        }

        Assert.True(line.EnterAsync(CancellationToken.None).IsCompletedSuccessfully);
    }
}
