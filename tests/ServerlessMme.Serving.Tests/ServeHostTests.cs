using System.Net;
using Microsoft.Extensions.Configuration;
using ServerlessMme.Core.Models.Artifacts;
using ServerlessMme.Serving.Settings;
using ServerlessMme.Serving.Tests.Support;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Serving.Tests;

public sealed class ServeHostTests
{
    [Fact]
    public async Task A_folder_of_artifacts_serves_each_under_its_name()
    {
        using var folder = new TemporaryFolder();
        await using (var artifact = File.Create(folder.PathOf("cifar.tar.gz")))
        {
            await ArtifactPacker.PackAsync(Path.Combine(Repository.Models, "cifar10"), artifact, default);
        }

        await using var server = await RunningServer.StartAsync(
            folder.Root, TimeProvider.System, ("Artifacts:Folder", folder.PathOf("unpacked")));

        var answer = await server.InvokeAsync(
            "cifar.tar.gz", await File.ReadAllBytesAsync(Samples.First("cifar10")), "image/jpeg");

        var scores = Assert.Single(answer.Predictions);
        Assert.Equal(0, scores.IndexOf(scores.Max()));
    }

    [Fact]
    public void The_server_does_not_watch_the_folders_below_the_current_one()
    {
        IConfigurationBuilder? configuration = null;
        using var folder = new TemporaryFolder();
        var settings = new ServeSettings(IPAddress.Loopback, 0, folder.Root, null, new Dictionary<string, string>());
        ServeHost.Build(settings, builder => configuration = builder.Configuration);

        Assert.All(
            configuration!.Sources.OfType<FileConfigurationSource>(), file => Assert.False(file.ReloadOnChange));
    }
}
