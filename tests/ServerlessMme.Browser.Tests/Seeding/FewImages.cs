using System.IO.Compression;
using System.Text;
using System.Text.Json;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Browser.Tests.Seeding;

/// <summary>The images of the small model and of the group, and an archive.</summary>
internal static class FewImages
{
    /// <summary>Images of <see cref="Names.Signs"/>.</summary>
    public const int OfSigns = 24;

    /// <summary>Images of <see cref="Names.Topics"/>.</summary>
    public const int OfTopics = 12;

    /// <summary>The archive that <see cref="Names.Photos"/> has answered, entry by entry.</summary>
    public const string Archive = "inbox/batch.zip";

    /// <summary>Entries of <see cref="Archive"/>.</summary>
    public const int Entries = 4;

    public static Task SeedSignsAsync(LabeledDrops drops, Answerer signs) => LabeledDrops.ForEachAsync(
        Enumerable.Range(0, OfSigns),
        i => drops.AnswerAsync(signs, $"sign-{i:D2}.jpg", Pictures.Draw(i), i % 10, 0.4f + (0.02f * i)));

    /// <summary>One answer per member for each image; the first member is the surer one.</summary>
    public static Task SeedTopicsAsync(LabeledDrops drops, Answerer topics, params Answerer[] members) =>
        LabeledDrops.ForEachAsync(Enumerable.Range(0, OfTopics), async i =>
        {
            var image = await drops.DropAsync(topics.Name, $"both-{i:D2}.jpg", Pictures.Draw(i));
            var label = LabeledDrops.Answer(members[0] with { Model = topics.Model }, image, i % 10, 0.9f);
            await drops.WriteAsync(topics.Name, label with
            {
                Member = members[0].Name.Value,
                Answers = [.. members.Select((member, place) => MemberAnswer.Of(
                    member.Model, ManifestOf(member), Scores(i % 10, 0.9f - (0.2f * place)), 3))],
            });
        });

    public static async Task SeedArchiveAsync(LabeledDrops drops, IArchiveStore archives, Answerer photos)
    {
        var picture = Pictures.Draw(3);
        await drops.DropAsync(photos.Name, Archive, Zip(picture));
        await using var work = await archives.OpenAsync(
            photos.Name, Archive, photos.Model.Version!, CancellationToken.None);
        var lines = Enumerable.Range(0, Entries).Select(i => Encoding.UTF8.GetString(LabelJson.Write(
            LabeledDrops.Answer(
                photos,
                new ImageReference(
                    photos.Name.ImagesContainer, $"{Archive}/{NameOf(i)}", work!.Archive.ETag, picture.Length, i),
                1, 0.8f))) + "\n");
        var summary = JsonSerializer.SerializeToUtf8Bytes(new
        {
            archive = new { name = Archive, etag = work!.Archive.ETag, bytes = work.Archive.Bytes },
            model = new { name = photos.Name.Value, version = photos.Model.Version },
            entries = Entries,
            labels = new Dictionary<string, int> { [photos.Labels[1]] = Entries },
            errors = new { },
            finishedAt = "2026-11-24T12:00:00.000Z",
        });
        await SchemaCheck.AssertAsync("summary", Encoding.UTF8.GetString(summary));
        await work.CompleteAsync(
            Encoding.UTF8.GetBytes(string.Concat(lines)), summary, CancellationToken.None);
    }

    private static Manifest ManifestOf(Answerer member) => ManifestReader.Read(
        member.Name, JsonSerializer.SerializeToUtf8Bytes(new
        {
            labels = member.Labels,
            input = new { width = 32, height = 32 },
        })).Value;

    private static float[] Scores(int best, float score)
    {
        var scores = Enumerable.Repeat((1 - score) / 9, 10).ToArray();
        scores[best] = score;
        return scores;
    }

    private static byte[] Zip(byte[] picture)
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (var i = 0; i < Entries; i++)
            {
                using var entry = zip.CreateEntry(NameOf(i)).Open();
                entry.Write(picture);
            }
        }

        return buffer.ToArray();
    }

    private static string NameOf(int i) => $"entry-{i}.jpg";
}
