using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Infra.Tests.Tool;

public sealed class PublishTests
{
    [Theory]
    [InlineData("true", false)]
    [InlineData("", true)]
    public async Task Compiled_images_are_reused_only_in_a_program_of_the_same_kind(string composite, bool isKept)
    {
        using var folder = new TemporaryFolder();
        await DeleteOtherImagesAsync(folder.Root, "");
        var image = Path.Combine(folder.Root, "R2R", "mme.dll");
        await File.WriteAllTextAsync(image, "an image", TestContext.Current.CancellationToken);

        await DeleteOtherImagesAsync(folder.Root, composite);

        Assert.Equal(isKept, File.Exists(image));
    }

    [Fact]
    public async Task The_SDK_still_has_the_target_before_which_they_are_deleted()
    {
        var listed = await Command.TryRunAsync(
            "dotnet", "msbuild", Path.Combine(Repository.Root, "src", "ServerlessMme.Cli"), "-targets");

        Assert.Contains("_PrepareForReadyToRunCompilation", listed?.Output, StringComparison.Ordinal);
    }

    private static async Task DeleteOtherImagesAsync(string folder, string composite)
    {
        var done = await Command.TryRunAsync("dotnet", "msbuild",
            Path.Combine(Repository.Root, "src", "ServerlessMme.Cli"), "-t:DeleteOtherReadyToRunImages",
            $"-p:IntermediateOutputPath={folder}/", $"-p:PublishReadyToRunComposite={composite}");
        Assert.Equal(0, done?.ExitCode);
    }
}
