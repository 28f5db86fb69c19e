using ServerlessMme.Emulator;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Infra.Tests.Container;

/// <summary>
/// mme as an image has it, with the scripts of infra/container: on a root that cannot be written to, as a user without
/// rights, with no network beyond loopback. <c>MME_IMAGE</c> is the folder of an unpacked image to check in place of
/// the program beside the tests.
/// </summary>
public sealed class IsolatedTests
{
    private const int Timeout = 180_000;

    private static readonly string Script =
        Repository.PathOf("tests", "ServerlessMme.Infra.Tests", "Container", "isolated");

    [Fact(Timeout = Timeout)]
    public async Task A_server_answers_on_a_root_that_cannot_be_written_to()
    {
        var lines = await RunAsync("serve", []);

        AssertIsolated(lines);
        Assert.Contains("ping: {\"status\":\"Healthy\"}", lines);
        Assert.Contains("models: {\"models\":[{\"modelName\":\"cifar10\",\"modelUrl\":\"/mnt/cifar10\"}]}", lines);
        Assert.Contains(lines, line => line.StartsWith("label: {\"predictions\":[[0.988", StringComparison.Ordinal));
        Assert.Equal("ended with: 0", lines[^1]);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_worker_labels_what_is_dropped_on_a_root_that_cannot_be_written_to()
    {
        var azurite = await AzuriteInstall.EnsureAsync(static _ => { }, TestContext.Current.CancellationToken);

        var lines = await RunAsync("worker", [("AZURITE", Path.Combine(azurite, "start.js"))]);

        AssertIsolated(lines);
        Assert.Contains(lines, line => line.Contains("\"label\":\"ship\"", StringComparison.Ordinal));
        Assert.Equal("ended with: 0", lines[^1]);
    }

    private static void AssertIsolated(string[] lines) =>
        Assert.Subset(
            lines.ToHashSet(),
            new HashSet<string> { "networks: lo", "user: 1654", "root: Read-only file system", "healthy: yes" });

    private static async Task<string[]> RunAsync(string what, IEnumerable<(string Name, string Value)> settings)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Namespaces are Linux's.");
        var probe = await RunScriptAsync([], "probe");
        Assert.SkipUnless(probe is not null, "There is no bash.");
        Assert.SkipUnless(
            probe.ExitCode == 0, $"bubblewrap is not installed, or may not make namespaces: {probe.Error.Trim()}");
        var finished = await RunScriptAsync(settings, what, AppContext.BaseDirectory);
        Assert.True(finished!.ExitCode == 0, finished.Output + finished.Error);
        return finished.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static Task<Finished?> RunScriptAsync(
        IEnumerable<(string Name, string Value)> settings, params string[] arguments)
    {
        var variables = settings.ToDictionary(setting => setting.Name, setting => setting.Value);
        if (Environment.GetEnvironmentVariable("MME_IMAGE") is { Length: > 0 } image)
        {
            variables["IMAGE"] = image;
        }

        return Command.TryRunAsync("bash", variables, [Script, .. arguments]);
    }
}
