using ServerlessMme.Emulator.Background;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Emulator.Tests.Background;

public sealed class StateFileTests : IDisposable
{
    private static readonly StorageState State = new(
        StorageState.CurrentVersion, 4711, new ProcessStart("boot", 42), DateTimeOffset.UnixEpoch, new(1, 2, 3));

    private readonly TemporaryFolder _folder = new();

    private string Path => _folder.PathOf("state.json");

    private StateFile File => new(Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_state_is_read_as_it_was_written()
    {
        File.Write(State with { Ports = null });
        File.Write(State);

        Assert.Equal(State, File.Read());
        Assert.Equal([Path], Directory.GetFiles(_folder.Root));
    }

    [Fact]
    public void A_state_without_ports_is_read_as_it_was_written()
    {
        File.Write(State with { Ports = null });

        Assert.Equal(State with { Ports = null }, File.Read());
    }

    [Fact]
    public void Only_this_user_may_read_the_state()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        File.Write(State);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(Path));
    }

    [Fact]
    public void A_deleted_state_is_none()
    {
        File.Write(State);
        File.Delete();

        Assert.Null(File.Read());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"version":1,"processId":4711}""")]
    [InlineData("""{"version":2,"processId":1,"processStart":{"value":1},"startedAt":"2026-11-27T00:00:00Z"}""")]
    public void A_state_that_this_version_does_not_understand_is_refused_with_the_way_out(string json)
    {
        System.IO.File.WriteAllText(Path, json);

        var refusal = Assert.Throws<EmulatorException>(File.Read);

        Assert.Contains(Path, refusal.Message, StringComparison.Ordinal);
        Assert.Contains("Delete it", refusal.Message, StringComparison.Ordinal);
    }
}
