using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Onnx.Trials;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Onnx.Tests.Trials;

public sealed class TrialPoolTests : IDisposable
{
    private const int Timeout = 60_000;

    private static readonly TrialRequest Request =
        new("tiny", "model.json", "model.onnx", null, 1 << 20, TimeSpan.FromSeconds(1), 1);

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new();
    private readonly TrialPool _pool;

    public TrialPoolTests()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no sh.");
        // Notes that it started, and passes every model.
        var script = $"""
            echo started >> '{Started}'
            {Say(new TrialMessage(TrialStep.Ready))}
            while read line; do {Say(new TrialMessage(TrialStep.Done, new TrialReport(TrialEnd.Passed)))}; done
            """;
        _pool = new TrialPool(new TrialCommand("/bin/sh", ["-c", script]), _time);
    }

    private string Started => _folder.PathOf("started");

    public void Dispose()
    {
        _pool.Dispose();
        _folder.Dispose();
    }

    [Fact(Timeout = Timeout)]
    public async Task One_process_serves_trials_one_after_the_other()
    {
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(TrialEnd.Passed, (await RunAsync()).End);
        }

        Assert.Single(File.ReadAllLines(Started));
    }

    [Fact(Timeout = Timeout)]
    public async Task First_trial_runs_in_the_process_that_was_prepared()
    {
        _pool.Prepare();

        Assert.Equal(TrialEnd.Passed, (await RunAsync()).End);
        Assert.Single(File.ReadAllLines(Started));
    }

    [Fact(Timeout = Timeout)]
    public async Task Process_that_was_prepared_in_vain_is_ended()
    {
        _pool.Prepare();
        while (!File.Exists(Started) || File.ReadAllText(Started).Length == 0)
        {
            await Task.Yield();
        }

        _time.Advance(TrialPool.IdleTime);
        await RunAsync();

        Assert.Equal(2, File.ReadAllLines(Started).Length);
    }

    [Fact(Timeout = Timeout)]
    public async Task Process_that_waited_long_enough_is_ended_and_another_one_takes_its_place()
    {
        await RunAsync();

        _time.Advance(TrialPool.IdleTime);
        await RunAsync();

        Assert.Equal(2, File.ReadAllLines(Started).Length);
    }

    [Fact(Timeout = Timeout)]
    public async Task Process_is_kept_while_it_has_not_waited_long()
    {
        await RunAsync();

        _time.Advance(TrialPool.IdleTime - TimeSpan.FromSeconds(1));
        await RunAsync();
        _time.Advance(TrialPool.IdleTime - TimeSpan.FromSeconds(1));
        await RunAsync();

        Assert.Single(File.ReadAllLines(Started));
    }

    [Theory(Timeout = Timeout)]
    [InlineData("exit 1")]
    [InlineData("kill -9 $$")]
    [InlineData("exec sleep 1000")]
    public async Task Model_that_passed_stays_as_it_was_when_its_other_form_goes_wrong(string end)
    {
        var dense = _folder.Write("dense.onnx", [1]);
        var passed = new TrialReport(TrialEnd.Passed) { IsStored = true, Scores = [1, 2] };
        using var pool = new TrialPool(
            new TrialCommand("/bin/sh", ["-c", $"""
                {Say(new TrialMessage(TrialStep.Ready))}
                read line
                {Say(new TrialMessage(TrialStep.Loaded))}
                {Say(new TrialMessage(TrialStep.Reopening, passed))}
                {end}
                """]),
            TimeProvider.System);

        var report = await pool.RunAsync(Request with { Folder = _folder.Root }, TimeSpan.FromSeconds(2),
            TestContext.Current.CancellationToken);

        Assert.Equal(passed.Scores, report.Scores);
        Assert.False(File.Exists(dense));
    }

    private static string Say(TrialMessage message) => $"echo '{TrialJson.Line(message)}'";

    private Task<TrialReport> RunAsync() =>
        _pool.RunAsync(Request, TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
}
