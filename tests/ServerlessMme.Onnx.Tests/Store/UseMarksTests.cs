using ServerlessMme.Onnx.Store;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Onnx.Tests.Store;

public sealed class UseMarksTests : IDisposable
{
    private static readonly string One = new('1', UseMarks.KeyLength);
    private static readonly string Two = new('2', UseMarks.KeyLength);
    private static readonly string Three = new('3', UseMarks.KeyLength);
    private readonly TemporaryFolder _folder = new();

    private string FilePath => _folder.PathOf("models");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Others_read_the_keys_that_are_in_use()
    {
        using var marks = new UseMarks(FilePath);
        marks.Add(One);
        marks.Add(Two);
        marks.Remove(One);

        Assert.Equal([Two], UseMarks.Read(FilePath));
    }

    [Fact]
    public void Line_of_a_removed_key_is_used_again()
    {
        using var marks = new UseMarks(FilePath);
        marks.Add(One);
        marks.Add(Two);
        marks.Remove(One);
        marks.Add(Three);
        marks.Remove(Two);

        Assert.Equal([Three], UseMarks.Read(FilePath));
        Assert.Equal([Three, new string(' ', UseMarks.KeyLength)], Lines());
    }

    [Fact]
    public void Key_that_is_still_marked_is_marked_once()
    {
        using var marks = new UseMarks(FilePath);
        marks.Add(One);
        marks.Add(One);
        marks.Remove(One);

        Assert.Empty(UseMarks.Read(FilePath));
    }

    [Fact]
    public void Removing_an_unknown_key_removes_no_other()
    {
        using var marks = new UseMarks(FilePath);
        marks.Add(One);

        marks.Remove(Two);

        Assert.Equal([One], UseMarks.Read(FilePath));
    }

    [Fact]
    public void Key_of_another_length_is_refused_and_leaves_the_others()
    {
        using var marks = new UseMarks(FilePath);
        marks.Add(One);

        Assert.Throws<ArgumentException>(() => marks.Add("short"));

        marks.Add(Two);
        Assert.Equal([One, Two], UseMarks.Read(FilePath));
    }

    [Fact]
    public void File_of_an_ended_process_has_no_keys() => Assert.Empty(UseMarks.Read(FilePath));

    [Fact]
    public void Models_of_an_older_process_are_in_use_too()
    {
        var layout = new StoreLayout(_folder.Root);
        using var user = new StoreUser(layout);
        user.Enter(One);
        var older = Directory.CreateDirectory(Path.Combine(layout.Users, "older")).FullName;
        File.WriteAllText(Path.Combine(older, Two), "");

        Assert.Equal([One, Two], StoreUser.InUse(layout).Order());
    }

    private string[] Lines()
    {
        using var file = new FileStream(FilePath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
