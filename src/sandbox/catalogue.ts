// The words of the world: what its shops are called and what they sell. Words only; no figures.

export type Aisle = 'beauty' | 'home' | 'pet' | 'fitness';

export interface Good {
  name: string;
  lowCents: number;
  highCents: number;
}

const good = (name: string, low: number, high: number): Good => ({ name, lowCents: low * 100, highCents: high * 100 });

export const goods: Record<Aisle, readonly Good[]> = {
  beauty: [
    good('Hyaluronic Acid Serum, 30 ml', 14, 34),
    good('Niacinamide Face Serum, 30 ml', 12, 30),
    good('Ceramide Barrier Cream, 50 ml', 16, 38),
    good('Gentle Foaming Cleanser, 150 ml', 9, 22),
    good('Mineral Sunscreen SPF 50, 50 ml', 14, 32),
    good('Rosewater Toner, 200 ml', 8, 20),
    good('Retinol Night Serum, 30 ml', 18, 45),
    good('Lip Oil Tint', 7, 16),
    good('Volume Mascara', 9, 22),
    good('Peptide Eye Cream, 15 ml', 14, 36),
    good('Clay Mask, 100 g', 10, 26),
    good('Scalp Serum with Rosemary, 50 ml', 12, 32),
    good('Overnight Lip Mask, 20 g', 8, 19),
    good('Brow Lamination Kit', 12, 28),
    good('Sea Salt Body Scrub, 250 g', 11, 27),
    good('Gua Sha Set', 9, 24),
  ],
  home: [
    good('LED Desk Lamp', 19, 49),
    good('Linen Cushion Cover, 45 × 45 cm', 9, 24),
    good('Stackable Storage Boxes, Set of 6', 16, 39),
    good('Aroma Diffuser, 300 ml', 18, 45),
    good('Blackout Curtains, Pair', 24, 69),
    good('Magnetic Spice Rack', 14, 34),
    good('Cotton Bath Towels, Set of 4', 22, 55),
    good('Cordless Handheld Vacuum', 39, 99),
    good('Bamboo Drawer Organiser', 12, 29),
    good('Stoneware Mug, Set of 2', 11, 28),
    good('Sunset Projection Lamp', 13, 33),
    good('Non-Slip Rug Pad', 9, 26),
    good('Weighted Blanket, 6 kg', 39, 89),
    good('Glass Meal Prep Containers, Set of 5', 19, 44),
    good('Lint Remover, Rechargeable', 10, 24),
    good('Wall Hooks, Pack of 10', 5, 14),
  ],
  pet: [
    good('Dog Harness', 12, 32),
    good('Cat Water Fountain, 2.5 l', 19, 45),
    good('Slow Feeder Bowl', 8, 21),
    good('Orthopaedic Dog Bed', 29, 89),
    good('Cat Tree, 120 cm', 39, 99),
    good('Pet Hair Remover Roller', 8, 22),
    good('Training Treats, 300 g', 5, 14),
    good('Retractable Lead, 5 m', 11, 27),
    good('Grooming Glove', 6, 16),
    good('Catnip Toy Set, 5 Pieces', 6, 17),
    good('Travel Carrier', 24, 65),
    good('Salmon Oil Supplement, 250 ml', 12, 29),
    good('Puppy Pads, Pack of 60', 13, 30),
    good('Cooling Mat', 15, 39),
    good('Litter Trapping Mat', 12, 28),
    good('Dental Chews, 28 Pieces', 9, 23),
  ],
  fitness: [
    good('Resistance Bands, Set of 5', 11, 29),
    good('Yoga Mat, 6 mm', 17, 45),
    good('Foam Roller, 45 cm', 14, 34),
    good('Adjustable Jump Rope', 7, 19),
    good('Shaker Bottle, 700 ml', 7, 18),
    good('High-Waist Leggings', 18, 49),
    good('Massage Gun', 39, 119),
    good('Ankle Weights, 2 × 1.5 kg', 15, 36),
    good('Push-Up Board', 18, 42),
    good('Lifting Straps, Pair', 8, 20),
    good('Pilates Ring', 13, 31),
    good('Running Belt', 9, 24),
    good('Adjustable Kettlebell, 12 kg', 45, 119),
    good('Balance Disc', 14, 33),
    good('Gym Towel, Quick-Dry', 8, 21),
    good('Door Pull-Up Bar', 22, 54),
  ],
};

// A shop of any size up to 512 has a title for each product: 16 goods in 8 qualities, then again in each colour.
export const qualities: Record<Aisle, readonly string[]> = {
  beauty: ['Daily', 'Radiance', 'Fragrance-Free', 'Velvet', 'Dewy', 'Botanical', 'Overnight Repair', 'Travel Size'],
  home: ['Nordic', 'Compact', 'Premium', 'Foldable', 'Everyday', 'Minimalist', 'Soft Touch', 'Classic'],
  pet: ['Comfy', 'No-Pull', 'Washable', 'Extra Large', 'Small Breed', 'Durable', 'Calming', 'Outdoor'],
  fitness: ['Pro', 'Beginner', 'Non-Slip', 'Heavy-Duty', 'Studio', 'Lightweight', 'Portable', 'Seamless'],
};

/** What ends a title: nothing for the first 128. */
export const colours: readonly string[] = ['', ', Sage', ', Sand', ', Slate'];

export const categories: readonly { id: string; name: string }[] = [
  { id: '601450', name: 'Beauty & Personal Care' },
  { id: '601583', name: 'Skincare' },
  { id: '600154', name: 'Home Supplies' },
  { id: '600942', name: 'Kitchenware' },
  { id: '602118', name: 'Pet Supplies' },
  { id: '603014', name: 'Sports & Outdoor' },
  { id: '603112', name: 'Fitness Equipment' },
];

export const firstNames: readonly string[] =
  `Ava Noah Lena Jonas Chloé Hugo Giulia Marco Lucía Pablo Aisyah Danish Putri Bagus Ruby Oscar Mila Felix Inès Louis
   Sofia Luca Carmen Diego Nurul Hakim Sari Dewi Zoe Ethan Emilia Moritz Camille Théo Elena Matteo Marta Álvaro Farah`.split(
    /\s+/,
  );

export const niches: readonly string[] = ['glow', 'athome', 'and.paws', 'moves', 'finds', 'daily', 'reviews', 'edit'];

export const praises: readonly string[] = [
  'Made to last, and tested by people who use it every day.',
  'Comes in a gift box, ready to hand over.',
  'Easy to clean & kind to your hands.',
  'Ships within 24 hours.',
  'What is in it: nothing that you could not spell.',
  'Returns are free for 30 days.',
];

export const captions: readonly string[] = [
  'I did not expect this to work',
  'Day 7 of using it, honest review',
  'POV: you finally found the one',
  'Things I wish I had bought sooner ✨',
  'Run, it is back in stock',
  'Unboxing with me',
  'Three ways I use this every day',
  'My sister asked for the link twice 😅',
  'Before and after, no filter',
  'Worth the hype?',
];
