using System.Text.Json;

namespace ServerlessMme.Emulator.Background;

/// <summary>Records which storage is running. Only this user can read the file. Writes are atomic.</summary>
internal sealed class StateFile(string path)
{
    public string FullPath => path;

    public bool Exists => File.Exists(path);

    /// <summary>Returns the state; null if the file does not exist.</summary>
    /// <exception cref="EmulatorException">The file is damaged or was written by another version.</exception>
    public StorageState? Read()
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            var state = JsonSerializer.Deserialize(File.ReadAllBytes(path), StateJson.Default.StorageState);
            return state is { Version: StorageState.CurrentVersion } ? state : throw Unreadable(null);
        }
        catch (FileNotFoundException)
        {
            // 'mme storage stop' deleted it just now.
            return null;
        }
        catch (JsonException exception)
        {
            throw Unreadable(exception);
        }
    }

    public void Write(StorageState state)
    {
        var temporary = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (var stream = new FileStream(temporary, options))
        {
            JsonSerializer.Serialize(stream, state, StateJson.Default.StorageState);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    public void Delete() => File.Delete(path);

    private EmulatorException Unreadable(Exception? inner) => new(
        $"'{path}' is damaged or was written by another version of mme. Delete it. If local storage is still running, "
        + "end its process (node) yourself.",
        inner);
}
