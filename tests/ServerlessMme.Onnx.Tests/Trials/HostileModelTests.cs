using System.Diagnostics;
using ServerlessMme.Core.Failures;
using ServerlessMme.Onnx.Tests.Models;
using ServerlessMme.Onnx.Tests.Store;
using ServerlessMme.Testing.Graphs;

namespace ServerlessMme.Onnx.Tests.Trials;

[Collection<AloneCollection>]
public sealed class HostileModelTests
{
    private const int Timeout = 120_000;

    public static TheoryData<string> Names => [.. HostileModels.All.Keys];

    [Theory(Timeout = Timeout)]
    [MemberData(nameof(Names))]
    public async Task Model_is_refused_in_time_while_another_loads_and_takes_no_memory_of_this_process(string name)
    {
        using var fixture = new TrialFixture(runTimeout: TimeSpan.FromSeconds(2));
        using var harmless = (await fixture.LoadAsync(HostileModels.Harmless())).Value;
        var before = PrivateBytes();

        var hostile = fixture.LoadAsync(HostileModels.All[name]);
        using var other = (await fixture.LoadAsync(SmallModels.ChannelMeans().ToBytes())).Value;

        var refusal = (await hostile).Refusal;
        Assert.Equal(ErrorCode.InvalidModel, refusal?.Code);
        Assert.Equal(Expected(name), refusal?.Message);
        Assert.InRange(PrivateBytes() - before, long.MinValue, 64 << 20);
        Assert.Equal(2, fixture.Graphs.Length);
        Assert.Empty(fixture.Leftovers);
        var scores = await other.SingleAsync(fixture.Manifest, Loading.Flat(1, 1, 1));
        Assert.Equal([1, 1, 1], scores);
    }

    private static string Expected(string name) => "model.onnx of model 'tiny' " + name switch
    {
        "endless" or "endless-and-empty" => "did not score a test image within 2 s. Publish a faster model, or "
            + "raise Mme:Onnx:RunTimeout.",
        _ => "needs more than 268,435,456 bytes of memory to load and to score one image. This is the limit for one "
            + "model (three quarters of Mme:Models:BudgetBytes). Publish a smaller model, or give the process more "
            + "memory.",
    };

    private static long PrivateBytes()
    {
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
