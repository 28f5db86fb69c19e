using System.Globalization;
using System.Numerics.Tensors;
using System.Text.Json;
using System.Text.Json.Nodes;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Benchmarks.Group;

/// <summary>
/// The scores of a group beside those of one plain session per model, in batches of the same images. Half of the models
/// can hardly tell their two best classes apart, whatever the image.
/// </summary>
internal static class DifferencePart
{
    public static async Task RunAsync(GroupOptions options, string folder)
    {
        var (count, size) = (options.Models(50), options.Size(64));
        var jpegs = Images.Jpegs(options.Images(1000), size, size);
        var features = new MadeModels("features", size, Path.Combine(folder, "features"));
        CloseHeads? close = null;
        var models = new MadeModels("finetunes", size, Path.Combine(folder, "models"), (file, number) =>
        {
            if (IsClose(number))
            {
                var (weights, bias) = close!.Create(number);
                file.WriteHead(weights, bias);
            }
        });
        RecordedBatches? batches = null;
        using var ours = new GroupSide(
            models, count, Path.Combine(folder, "store"), backends => batches = new RecordedBatches(backends));
        using var tensors = new ImageTensors(features.Manifest.Input, jpegs);
        using (var backbone = new PlainSession(features.OnnxPath, size, Environment.ProcessorCount))
        {
            close = new CloseHeads(
                [.. Enumerable.Range(0, jpegs.Length).SelectMany(image => backbone.Run(tensors[image], 1))]);
        }

        await ours.LoadAsync();
        // A model finds its trunk at its first run.
        await ours.MillisecondsAsync(count, [.. jpegs.Take(96)]);
        batches!.Clear();
        var labels = new LabelStore();
        var group = MadeCatalog.GroupOf(count);
        await ours.RunAsync(group, jpegs, labels);

        var answers = labels.Of(group).ToDictionary(label => label.Key, label => ReadScores(label.Value));
        var found = new Differences();
        for (var number = 0; number < count; number++)
        {
            models.Become(number);
            using var session = new PlainSession(models.OnnxPath, size, threads: 1);
            Compare(session, ours.Catalog.Members[number], batches, tensors, answers, found);
            Console.Error.WriteLine($"{number + 1} of {count} models, largest difference {found.Largest:G3}");
        }

        Report.Write("group-difference", options.Save, new JsonObject
        {
            ["benchmark"] = "group",
            ["part"] = "difference",
            ["max_difference"] = found.Largest,
            ["label_differences"] = found.Labels,
            ["pairs"] = found.Pairs,
            ["tied_pairs"] = found.Tied,
            ["least_tie"] = found.LeastTie,
            ["identical_scores"] = found.Identical,
            ["models"] = count,
            ["images"] = jpegs.Length,
            ["image_size"] = size,
        });
    }

    private static bool IsClose(int number) => number % 2 == 1;

    private static void Compare(PlainSession session, ModelName member, RecordedBatches batches, ImageTensors tensors,
        Dictionary<string, Dictionary<string, float[]>> answers, Differences found)
    {
        Parallel.ForEach(batches.Of(member), batch =>
        {
            // Rows as the micro-batch had them; native memory, because the session reads it in place.
            using var rows = tensors.Select([.. batch.Select(name => int.Parse(name, CultureInfo.InvariantCulture))]);
            var scores = session.Run(rows[0], batch.Count);
            for (var i = 0; i < batch.Count; i++)
            {
                found.Add(
                    scores.AsSpan(i * MadeModels.Scores, MadeModels.Scores), answers[batch[i]][member.Value]);
            }
        });
    }

    /// <summary>The scores by member, in the order of its classes.</summary>
    private static Dictionary<string, float[]> ReadScores(byte[] json)
    {
        using var label = JsonDocument.Parse(json);
        return label.RootElement.GetProperty("answers").EnumerateArray().ToDictionary(
            answer => answer.GetProperty("model").GetProperty("name").GetString()!,
            answer =>
            {
                var scores = new float[MadeModels.Scores];
                foreach (var scored in answer.GetProperty("top").EnumerateArray())
                {
                    scores[scored.GetProperty("index").GetInt32()] = scored.GetProperty("score").GetSingle();
                }

                return scores;
            });
    }

    /// <summary>What the comparison found. Thread-safe.</summary>
    private sealed class Differences
    {
        private readonly Lock _lock = new();

        public double Largest { get; private set; }

        /// <summary>Pairs of image and model with another best class.</summary>
        public int Labels { get; private set; }

        public int Pairs { get; private set; }

        /// <summary>Pairs whose two best logits differ by at most <see cref="CloseHeads.Tie"/>.</summary>
        public int Tied { get; private set; }

        /// <summary>The smallest difference of the two best logits.</summary>
        public double LeastTie { get; private set; } = double.MaxValue;

        /// <summary>Pairs whose scores are all equal, bit for bit.</summary>
        public int Identical { get; private set; }

        public void Add(ReadOnlySpan<float> plain, ReadOnlySpan<float> ours)
        {
            var best = TensorPrimitives.IndexOfMax(plain);
            var (first, second) = (0f, 0f);
            foreach (var score in plain)
            {
                (first, second) = score > first ? (score, first) : (first, Math.Max(second, score));
            }

            var tie = Math.Log(first) - Math.Log(second);
            var largest = 0.0;
            for (var i = 0; i < plain.Length; i++)
            {
                largest = Math.Max(largest, Math.Abs((double)plain[i] - ours[i]));
            }

            var isOther = TensorPrimitives.IndexOfMax(ours) != best;
            lock (_lock)
            {
                Largest = Math.Max(Largest, largest);
                Pairs++;
                Tied += tie <= CloseHeads.Tie ? 1 : 0;
                LeastTie = Math.Min(LeastTie, tie);
                Identical += largest == 0 ? 1 : 0;
                Labels += isOther ? 1 : 0;
            }
        }
    }
}
