using ServerlessMme.Cli.Composition;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Cli.Tests.Composition;

public sealed class LocalModelsTests : IDisposable
{
    private readonly TemporaryFolder _models = new();

    public void Dispose() => _models.Dispose();

    [Fact]
    public void Only_names_that_no_shell_runs_are_offered()
    {
        foreach (var name in new[] { "flowers", "$(touch x)", "a b", "`id`", "x;id" })
        {
            _models.Write($"{name}/model.json", []);
        }

        Assert.Equal(["flowers"], LocalModels.Names(_models.Root));
    }

    [Fact]
    public void Nothing_is_offered_without_a_folder_of_models() =>
        Assert.Empty(LocalModels.Names(_models.PathOf("missing")));
}
