using ServerlessMme.Core.Processing;

namespace ServerlessMme.Core.Tests.Processing;

public sealed class ImageTurnsTests
{
    private readonly ImageTurns _turns = new();

    [Fact]
    public async Task A_second_request_for_an_image_waits_for_the_first()
    {
        var first = await _turns.WaitAsync("cats", ["a.jpg", "b.jpg"], CancellationToken.None);
        var second = _turns.WaitAsync("cats", ["b.jpg", "c.jpg"], CancellationToken.None);
        Assert.False(second.IsCompleted);

        first.Dispose();

        using var turn = await second;
    }

    [Fact]
    public async Task Requests_for_other_images_and_models_do_not_wait()
    {
        using var first = await _turns.WaitAsync("cats", ["a.jpg", "a.jpg"], CancellationToken.None);

        Assert.True(_turns.WaitAsync("cats", ["b.jpg"], CancellationToken.None).IsCompletedSuccessfully);
        Assert.True(_turns.WaitAsync("dogs", ["a.jpg"], CancellationToken.None).IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_request_that_is_canceled_while_it_waits_holds_up_nobody()
    {
        var first = await _turns.WaitAsync("cats", ["a.jpg"], CancellationToken.None);
        using var cancel = new CancellationTokenSource();
        var second = _turns.WaitAsync("cats", ["a.jpg"], cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        first.Dispose();

        using var third = await _turns.WaitAsync("cats", ["a.jpg"], CancellationToken.None);
    }

    [Fact]
    public async Task A_request_behind_a_canceled_one_still_waits_for_the_first()
    {
        var first = await _turns.WaitAsync("cats", ["a.jpg"], CancellationToken.None);
        using var cancel = new CancellationTokenSource();
        var second = _turns.WaitAsync("cats", ["a.jpg"], cancel.Token);
        var third = _turns.WaitAsync("cats", ["a.jpg"], CancellationToken.None);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        var fourth = _turns.WaitAsync("cats", ["a.jpg"], CancellationToken.None);
        Assert.False(third.IsCompleted);
        Assert.False(fourth.IsCompleted);

        first.Dispose();

        (await third).Dispose();
        (await fourth).Dispose();
    }
}
