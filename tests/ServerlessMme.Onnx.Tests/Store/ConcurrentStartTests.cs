using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using ServerlessMme.Onnx.Store;

namespace ServerlessMme.Onnx.Tests.Store;

public sealed class ConcurrentStartTests
{
    private const int Processes = 4;
    private const int Starts = 5_000;
    private const int Threads = 8;
    private const string StoreVariable = "MME_TEST_SHARED_STORE";

    [Fact(Timeout = 120_000)]
    public async Task Many_may_start_and_end_on_one_store_at_once()
    {
        for (var round = 0; round < 20; round++)
        {
            var folder = Directory.CreateTempSubdirectory("serverless-mme-start-");
            try
            {
                await StartAsync(folder.FullName, 64);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task Processes_may_start_and_end_on_one_store_five_thousand_times()
    {
        var folder = Directory.CreateTempSubdirectory("serverless-mme-start-");
        var others = new List<Process>();
        try
        {
            for (var i = 1; i < Processes; i++)
            {
                others.Add(StartOther(folder.FullName));
            }

            await StartAsync(folder.FullName, Starts / Processes);
            foreach (var other in others)
            {
                await other.WaitForExitAsync(TestContext.Current.CancellationToken);
                Assert.True(other.ExitCode == 0, await other.StandardOutput.ReadToEndAsync());
            }
        }
        finally
        {
            foreach (var other in others)
            {
                other.Kill(entireProcessTree: true);
                other.Dispose();
            }

            folder.Delete(recursive: true);
        }
    }

    /// <summary>What each of the other processes does. Not run by itself.</summary>
    [Fact(Explicit = true)]
    public Task Part_of_the_starts() =>
        StartAsync(Environment.GetEnvironmentVariable(StoreVariable)!, Starts / Processes);

    private static Process StartOther(string store)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        // The runner is an executable of its own, or the host with the assembly as its first argument.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
        {
            start.ArgumentList.Add(typeof(ConcurrentStartTests).Assembly.Location);
        }

        foreach (var argument in (string[])[
            "-explicit", "only", "-method", $"{typeof(ConcurrentStartTests).FullName}.{nameof(Part_of_the_starts)}"])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment[StoreVariable] = store;
        return Process.Start(start)!;
    }

    private static async Task StartAsync(string store, int times)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = Threads };
        await Parallel.ForEachAsync(Enumerable.Range(0, times), options, (_, _) =>
        {
            new TensorStore(store, 1 << 20, TimeProvider.System, NullLogger.Instance).Dispose();
            return ValueTask.CompletedTask;
        });
    }
}
