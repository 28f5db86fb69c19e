using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Cli.Tests.Composition;

public sealed class StagingFolderTests : IDisposable
{
    private readonly TemporaryFolder _parent = new();
    private readonly FakeTimeProvider _time = new(TimeProvider.System.GetUtcNow());

    public void Dispose() => _parent.Dispose();

    [Fact]
    public void The_folder_of_a_killed_process_is_deleted()
    {
        _parent.Write("mme-test-killed/lock", []);
        _parent.Write("mme-test-killed/files/model.onnx", [1]);

        StagingFolder.DeleteAbandoned(_parent.Root, "mme-test-", _time);

        Assert.False(Directory.Exists(_parent.PathOf("mme-test-killed")));
    }

    [Fact]
    public void The_folder_of_a_running_process_stays()
    {
        _parent.Write("mme-test-running/lock", []);
        using var held = new FileStream(
            _parent.PathOf("mme-test-running", "lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        StagingFolder.DeleteAbandoned(_parent.Root, "mme-test-", _time);

        Assert.True(Directory.Exists(_parent.PathOf("mme-test-running")));
    }

    [Fact]
    public void A_folder_that_is_not_locked_yet_stays_for_a_day()
    {
        _parent.Write("mme-test-new/files/model.onnx", [1]);

        StagingFolder.DeleteAbandoned(_parent.Root, "mme-test-", _time);
        Assert.True(Directory.Exists(_parent.PathOf("mme-test-new")));

        _time.Advance(TimeSpan.FromDays(2));
        StagingFolder.DeleteAbandoned(_parent.Root, "mme-test-", _time);
        Assert.False(Directory.Exists(_parent.PathOf("mme-test-new")));
    }

    [Fact]
    public void Other_folders_and_links_stay()
    {
        _parent.Write("other/lock", []);
        Directory.CreateSymbolicLink(_parent.PathOf("mme-test-link"), _parent.PathOf("other"));

        StagingFolder.DeleteAbandoned(_parent.Root, "mme-test-", _time);

        Assert.True(File.Exists(_parent.PathOf("mme-test-link", "lock")));
    }

    [Fact]
    public void A_folder_is_deleted_at_the_end()
    {
        string path;
        using (var staging = StagingFolder.Create("mme-staging-test-"))
        {
            path = staging.FullName;
            Assert.True(Directory.Exists(path));
        }

        Assert.False(Directory.Exists(Path.GetDirectoryName(path)));
    }
}
