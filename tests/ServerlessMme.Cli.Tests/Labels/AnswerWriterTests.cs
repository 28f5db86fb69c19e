using System.Text;
using ServerlessMme.Cli.Labels;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Tests.Labels;

public sealed class AnswerWriterTests
{
    private const string GroupVersion = "group:00000000000000000000000000000000";

    private static readonly DateTimeOffset Noon = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    private static readonly StoredAnswer OfModel =
        new(null, "a.jpg", "cat", 0.9, false, null, null, "v1", Noon);

    private static readonly StoredAnswer OfGroup = OfModel with
    {
        ModelVersion = GroupVersion,
        Member = "topic-cats",
        Members = 3,
        RefusedMembers = 1,
    };

    [Fact]
    public void A_table_names_the_member_only_for_groups()
    {
        Assert.Equal(
            """
            label                     score           written            image
            cat                       0.900           2026-11-24 12:00Z  a.jpg

            """,
            Write(output => new AnswerTableWriter(output), OfModel));
        Assert.Equal(
            """
            label                     score           written            member                    image
            cat                       0.900           2026-11-24 12:00Z  topic-cats (2 of 3)       a.jpg
            NotAnImage                       refused  2026-11-24 12:00Z                            b.jpg

            """,
            Write(output => new AnswerTableWriter(output), OfGroup, Refused("b.jpg")));
    }

    [Fact]
    public void CSV_has_columns_of_a_group_at_its_end()
    {
        const string columns = "image,archive,label,score,unsure,error,previous,version,writtenAt,top";

        Assert.Equal([columns], Lines(Write(output => new AnswerCsvWriter(output))));
        Assert.Equal(
            [columns, "a.jpg,,cat,0.9,,,,v1,2026-11-24T12:00:00.0000000Z,"],
            Lines(Write(output => new AnswerCsvWriter(output), OfModel)));
        Assert.Equal(
            [
                columns + ",member,members,refused",
                $"b.jpg,,,,,NotAnImage,,{GroupVersion},2026-11-24T12:00:00.0000000Z,,,,",
                $"a.jpg,,cat,0.9,,,,{GroupVersion},2026-11-24T12:00:00.0000000Z,,topic-cats,3,1",
            ],
            Lines(Write(output => new AnswerCsvWriter(output), Refused("b.jpg"), OfGroup)));
    }

    [Fact]
    public void A_line_of_JSON_names_the_member_and_the_counts()
    {
        Assert.Equal(
            $$"""
            {"image":"a.jpg","member":"topic-cats","label":"cat","score":0.9,"members":3,"refused":1,"version":"{{GroupVersion}}","writtenAt":"2026-11-24T12:00:00Z"}

            """,
            Write(output => new AnswerJsonWriter(output, isArray: false), OfGroup));
    }

    private static StoredAnswer Refused(string image) => OfModel with
    {
        Image = image,
        Answer = null,
        Score = null,
        Error = "NotAnImage",
        ModelVersion = GroupVersion,
    };

    private static string[] Lines(string text) => text.Split(["\r\n", "\n"], StringSplitOptions.RemoveEmptyEntries);

    private static string Write(Func<Stream, IAnswerWriter> create, params StoredAnswer[] answers)
    {
        using var stream = new MemoryStream();
        using (var writer = create(stream))
        {
            foreach (var answer in answers)
            {
                writer.Write(answer);
            }
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
