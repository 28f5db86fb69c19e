using System.Diagnostics;
using ServerlessMme.Core.Failures;
using ServerlessMme.Onnx.Tests.Models;
using ServerlessMme.Onnx.Trials;
using ServerlessMme.Testing.Graphs;

namespace ServerlessMme.Onnx.Tests.Trials;

public sealed class TrialTests
{
    private const int Timeout = 60_000;

    [Fact(Timeout = Timeout)]
    public async Task Model_that_passed_is_in_the_store_and_knows_what_a_run_takes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Runs are measured on Linux.");
        using var fixture = new TrialFixture();

        using var backend = (await fixture.LoadAsync(HostileModels.Harmless())).Value;

        Assert.Single(fixture.Graphs);
        Assert.Empty(fixture.Leftovers);
        Assert.Empty(fixture.Log.Lines);
        Assert.Equal(0, backend.RunBytes(0));
        Assert.InRange(backend.RunBytes(1), 1, 8 << 20);
        Assert.InRange(backend.RunBytes(16), backend.RunBytes(1) + 15, 64 << 20);
    }

    [Fact(Timeout = Timeout)]
    public async Task Measured_run_holds_the_tensors_between_operators()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Runs are measured on Linux.");
        using var fixture = new TrialFixture();

        // 8 MiB for each image.
        using var backend = (await fixture.LoadAsync(HostileModels.Wide(2 << 20))).Value;

        Assert.InRange(backend.RunBytes(1), 8 << 20, 40 << 20);
        Assert.InRange(backend.RunBytes(2) - backend.RunBytes(1), 8 << 20, 32 << 20);
    }

    [Fact(Timeout = Timeout)]
    public async Task What_a_run_takes_is_known_from_the_store_afterwards()
    {
        using var fixture = new TrialFixture();
        using var first = (await fixture.LoadAsync(HostileModels.Wide(2 << 20))).Value;

        using var second = (await fixture.LoadAsync(HostileModels.Wide(2 << 20))).Value;

        Assert.Equal(first.RunBytes(5), second.RunBytes(5));
        Assert.Single(fixture.Reserved);
    }

    [Fact(Timeout = Timeout)]
    public async Task Trial_that_ran_out_of_memory_gets_four_times_as_much()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Memory is limited exactly on Linux.");
        using var fixture = new TrialFixture(maxBytes: 2L << 30);

        using var backend = (await fixture.LoadAsync(HostileModels.Wide(32 << 20))).Value;

        Assert.Equal(2, fixture.Reserved.Count);
        Assert.Equal(4 * fixture.Reserved.First(), fixture.Reserved.Last());
    }

    [Fact(Timeout = Timeout)]
    public async Task Process_that_dies_is_a_refusal_after_a_second_try()
    {
        using var fixture = new TrialFixture(
            maxBytes: long.MaxValue, command: Shell("echo '{\"Step\":\"Ready\"}'; read line; exit 139"));

        var refusal = (await fixture.LoadAsync(HostileModels.Harmless())).Refusal;

        Assert.Equal(ErrorCode.InvalidModel, refusal?.Code);
        Assert.Equal("model.onnx of model 'tiny' crashed the child process that tested it (exit code 139). Export the "
            + "model again, for example with an older opset.", refusal?.Message);
        Assert.Equal(2, fixture.Reserved.Count);
    }

    [Fact(Timeout = Timeout)]
    public async Task Process_killed_by_the_system_says_that_the_machine_is_out_of_memory()
    {
        using var fixture = new TrialFixture(
            maxBytes: 100 << 20, command: Shell("echo '{\"Step\":\"Ready\"}'; read line; kill -9 $$"));

        var refusal = (await fixture.LoadAsync(HostileModels.Harmless())).Refusal;

        Assert.Equal(ErrorCode.OutOfMemory, refusal?.Code);
        Assert.Equal([100 << 20], fixture.Reserved.Skip(1));
    }

    [Fact(Timeout = Timeout)]
    public async Task Process_that_hangs_while_it_opens_a_model_is_killed()
    {
        using var fixture = new TrialFixture(loadTimeout: TimeSpan.FromMilliseconds(300),
            command: Shell("echo '{\"Step\":\"Ready\"}'; read line; exec sleep 1000"));

        var refusal = (await fixture.LoadAsync(HostileModels.Harmless())).Refusal;

        Assert.Equal("model.onnx of model 'tiny' could not be opened within 0.3 s. Publish a simpler model, or raise "
            + "Mme:Models:LoadTimeout.", refusal?.Message);
    }

    [Theory(Timeout = Timeout)]
    [InlineData("exit 0")]
    [InlineData("echo Hello")]
    public async Task Program_that_knows_no_trials_is_asked_once_and_models_are_tried_in_this_process(string script)
    {
        using var fixture = new TrialFixture(command: Shell(script));

        using var one = (await fixture.LoadAsync(HostileModels.Harmless())).Value;
        using var other = (await fixture.LoadAsync(SmallModels.ChannelMeans().ToBytes())).Value;

        Assert.Equal(2, fixture.Graphs.Length);
        Assert.StartsWith(
            "Warning: No child process of /bin/sh responds",
            Assert.Single(fixture.Log.Lines),
            StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task Program_that_does_not_exist_is_no_reason_to_refuse_a_model()
    {
        using var fixture = new TrialFixture(command: new TrialCommand("/no/such/program", []));

        using var backend = (await fixture.LoadAsync(HostileModels.Harmless())).Value;

        Assert.Single(fixture.Graphs);
    }

    [Fact(Timeout = Timeout)]
    public async Task Child_ends_when_its_input_does_even_while_a_model_hangs()
    {
        using var fixture = new TrialFixture();
        using var child = Process.Start(TrialFixture.Command.ToStartInfo())!;
        await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        await child.StandardInput.WriteLineAsync(TrialJson.Line(new TrialRequest("tiny", fixture.ManifestPath,
            fixture.Write(HostileModels.EmptyBody()), null, 1 << 30, TimeSpan.FromHours(1), 1)));
        await child.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Contains("Loaded", await child.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);

        child.StandardInput.Close();

        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    private static TrialCommand Shell(string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no sh.");
        return new TrialCommand("/bin/sh", ["-c", script]);
    }
}
