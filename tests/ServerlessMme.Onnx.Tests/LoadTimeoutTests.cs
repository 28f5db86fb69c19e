using ServerlessMme.Core.Backends;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Onnx.Tests.Models;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Graphs;

namespace ServerlessMme.Onnx.Tests;

public sealed class LoadTimeoutTests
{
    [Theory(Timeout = 60_000)]
    [InlineData(null)]
    [InlineData("store")]
    public async Task Model_that_takes_too_long_to_open_is_refused_without_a_child_process_as_well(string? store)
    {
        using var folder = new TemporaryFolder();
        using var factory = new OnnxBackendFactory(
            new OnnxOptions { StorePath = store is null ? null : folder.PathOf(store) });
        var files = new ModelFiles("", folder.Write("model.onnx", HostileModels.Harmless()), "sha256:0");

        var outcome = await factory.CreateAsync(Loading.Descriptor(), files, Manifests.Of(),
            new LoadAllowance(TimeSpan.Zero, long.MaxValue), TestContext.Current.CancellationToken);

        Assert.Equal(ErrorCode.InvalidModel, outcome.Refusal?.Code);
        Assert.Equal("model.onnx of model 'tiny' could not be opened within 0 s. Publish a simpler model, or raise "
            + "Mme:Models:LoadTimeout.", outcome.Refusal?.Message);
    }
}
