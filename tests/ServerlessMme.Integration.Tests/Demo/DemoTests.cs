using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Demo;

public sealed class DemoTests
{
    private const int Timeout = 300_000;

    [Fact(Timeout = Timeout)]
    public async Task The_demo_labels_every_sample_as_expected()
    {
        var (exitCode, output, errors) = await MmeProcess.RunAsync(null, "demo");

        Assert.True(exitCode == 0, output + errors);
        Assert.Contains("not-an-image.jpg", output, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong", output, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task Ctrl_C_leaves_no_process_behind()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Children are found in /proc.");
        await using var demo = MmeProcess.Start(null, "demo");
        await StorageRunningAsync(demo);
        var children = ChildrenOf(demo.Id);
        Assert.NotEmpty(children);
        await demo.InterruptAsync();
        await demo.WaitForExitAsync();

        Assert.All(children, id => Assert.False(IsRunning(id), $"Process {id} is still there."));
    }

    [Fact(Timeout = Timeout)]
    public async Task Storage_ends_even_when_the_demo_is_killed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Children are found in /proc.");
        await using var demo = MmeProcess.Start(null, "demo");
        await StorageRunningAsync(demo);
        var children = ChildrenOf(demo.Id);
        Assert.NotEmpty(children);
        await demo.KillAsync();

        await Eventually.GetAsync<object>(
            TimeSpan.FromSeconds(30), "end of storage", () => Task.FromResult<object?>(
                children.Any(IsRunning) ? null : children));
    }

    [Fact(Timeout = Timeout)]
    public async Task Without_node_the_demo_says_what_to_install()
    {
        using var empty = new TemporaryFolder();

        var finished = await MmeProcess.RunAsync(null, [("PATH", empty.Root)], ["demo"]);

        Assert.Equal(6, finished.ExitCode);
        Assert.Contains("Node.js 20", finished.Error, StringComparison.Ordinal);
    }

    private static async Task StorageRunningAsync(MmeProcess demo)
    {
        const string running = "Storage is running";
        while (await demo.ReadLineAsync() is { } line && !line.StartsWith(running, StringComparison.Ordinal))
        {
        }
    }

    private static List<int> ChildrenOf(int parent) => [.. Directory.GetDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), out var id) ? id : 0)
        .Where(id => id > 0 && ParentOf(id) == parent)];

    private static int ParentOf(int id)
    {
        try
        {
            // After the name in parentheses come the state and the parent's id.
            var stat = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], provider: null);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static bool IsRunning(int id) => ParentOf(id) != 0 && !File.ReadAllText($"/proc/{id}/stat").Contains(") Z");
}
