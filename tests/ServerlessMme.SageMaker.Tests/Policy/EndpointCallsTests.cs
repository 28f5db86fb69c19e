using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.SageMaker.Policy;
using ServerlessMme.SageMaker.Settings;
using ServerlessMme.SageMaker.Tests.Support;

namespace ServerlessMme.SageMaker.Tests.Policy;

/// <summary>The policy under its default settings, on a clock that the test turns.</summary>
public sealed class EndpointCallsTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task A_model_that_is_not_ready_is_asked_again_for_six_minutes()
    {
        var runtime = new ScriptedRuntime((_, _) => ScriptedRuntime.NotReady());
        var started = _time.GetUtcNow();

        var thrown = await Assert.ThrowsAsync<EndpointUnavailableException>(() => ScoreAsync(runtime));

        Assert.InRange(_time.GetUtcNow() - started, TimeSpan.FromMinutes(6), TimeSpan.FromMinutes(7.5));
        Assert.InRange(runtime.Calls, 10, 60);
        Assert.StartsWith(
            "The model at endpoint 'mme' was not ready after 6 min: ", thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_gets_ready_within_five_minutes_answers()
    {
        var started = _time.GetUtcNow();
        var runtime = new ScriptedRuntime((_, _) => _time.GetUtcNow() - started < TimeSpan.FromMinutes(5)
            ? ScriptedRuntime.NotReady()
            : ScriptedRuntime.Good());

        Assert.Null((await ScoreAsync(runtime)).Refusal);
    }

    [Fact]
    public async Task An_answer_is_waited_for_70_seconds()
    {
        var runtime = new ScriptedRuntime((n, stopping) =>
            n == 0 ? ScriptedRuntime.Never(stopping) : ScriptedRuntime.Good());
        var started = _time.GetUtcNow();

        Assert.Null((await ScoreAsync(runtime)).Refusal);

        Assert.InRange(_time.GetUtcNow() - started, TimeSpan.FromSeconds(70), TimeSpan.FromSeconds(90));
        Assert.Equal(2, runtime.Calls);
    }

    [Fact]
    public async Task A_dead_endpoint_is_left_alone_and_another_one_still_answers()
    {
        var dead = new ScriptedRuntime((_, _) => ScriptedRuntime.Unavailable());
        var alive = new ScriptedRuntime((_, _) => ScriptedRuntime.Good());
        using var factory = new SageMakerBackendFactory(
            new SageMakerOptions(), region => region == "eu-west-1" ? dead : alive, _time);
        var backend = await factory.CreateAsync(Remote.Manifest(settings: ("region", "eu-west-1")));
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<EndpointUnavailableException>(() => TurnAsync(backend.ScoreOneAsync()));
        }

        var calls = dead.Calls;

        var thrown = await Assert.ThrowsAsync<EndpointUnavailableException>(backend.ScoreOneAsync);

        Assert.Equal(calls, dead.Calls);
        Assert.Contains("failed too often and won't be called for 30 s", thrown.Message, StringComparison.Ordinal);
        Assert.Null((await (await factory.CreateAsync()).ScoreOneAsync()).Refusal);
    }

    [Fact]
    public async Task A_dead_endpoint_is_asked_again_after_the_pause()
    {
        var healed = false;
        var runtime = new ScriptedRuntime((_, _) => healed ? ScriptedRuntime.Good() : ScriptedRuntime.Unavailable());
        using var factory = new SageMakerBackendFactory(new SageMakerOptions(), _ => runtime, _time);
        var backend = await factory.CreateAsync();
        for (var i = 0; i < 3; i++)
        {
            await Assert.ThrowsAsync<EndpointUnavailableException>(() => TurnAsync(backend.ScoreOneAsync()));
        }

        healed = true;

        _time.Advance(TimeSpan.FromSeconds(31));

        Assert.Null((await backend.ScoreOneAsync()).Refusal);
    }

    [Fact]
    public async Task One_endpoint_is_given_no_more_requests_at_a_time_than_the_settings_say()
    {
        var (running, most) = (0, 0);
        using var gate = new SemaphoreSlim(0);
        using var entered = new SemaphoreSlim(0);
        var runtime = new ScriptedRuntime(async (_, stopping) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref running));
            entered.Release();
            await gate.WaitAsync(stopping);
            Interlocked.Decrement(ref running);
            return await ScriptedRuntime.Good();
        });
        using var factory = new SageMakerBackendFactory(new SageMakerOptions { MaxInFlight = 3 }, _ => runtime, _time);
        var backend = await factory.CreateAsync(Remote.Manifest(settings: ("payload", "image")));
        var images = Enumerable.Range(0, 10).Select(i => Remote.Image($"{i}.jpg", 1)).ToList();

        var scoring = backend.ScoreAsync(new ImageBatch(images, null), TestContext.Current.CancellationToken);
        for (var i = 0; i < 3; i++)
        {
            await entered.WaitAsync(TestContext.Current.CancellationToken);
        }

        gate.Release(images.Count);

        Assert.All(await scoring, outcome => Assert.Null(outcome.Refusal));
        Assert.Equal((3, 10), (most, runtime.Calls));
    }

    [Fact]
    public async Task Cancelling_ends_the_wait_between_two_tries()
    {
        using var stop = new CancellationTokenSource();
        var runtime = new ScriptedRuntime((_, _) => ScriptedRuntime.NotReady());
        using var factory = new SageMakerBackendFactory(new SageMakerOptions(), _ => runtime, _time);
        var backend = await factory.CreateAsync();

        var scoring = backend.ScoreAsync(Remote.Manifest(), 1, stop.Token);
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => scoring.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    private async Task<Outcome<float[]>> ScoreAsync(ScriptedRuntime runtime)
    {
        using var factory = new SageMakerBackendFactory(new SageMakerOptions(), _ => runtime, _time);
        return await TurnAsync((await factory.CreateAsync()).ScoreOneAsync());
    }

    /// <summary>Turns the clock until the work is done.</summary>
    private async Task<T> TurnAsync<T>(Task<T> work)
    {
        while (!work.IsCompleted)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            await Task.Yield();
        }

        return await work;
    }
}
